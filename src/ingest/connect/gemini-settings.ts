import { isObject, readSettings, writeSettings, type Json } from "./claude-settings.ts";
import { commandHooks } from "./command-hooks.ts";
import type { SettingsPlan } from "./settings-plan.ts";

export const GEMINI_PATH = "/api/ingest/gemini";

/**
 * Hooks in `settings.json`, with a limit in milliseconds. The hooks around model requests are left out: each carries the whole conversation,
 * one per piece of an answer, and the chat files tell requests and tokens too.
 */
export const geminiHooks: SettingsPlan = commandHooks({
  events: ["SessionStart", "SessionEnd", "BeforeAgent", "AfterAgent", "BeforeTool", "AfterTool", "Notification"],
  more: () => ({ name: "orrery", timeout: 5_000 }),
});

/** Telemetry in `settings.json`. Where it is set already, nothing is changed. */
export const geminiTelemetry: SettingsPlan = {
  connect(path, text, { base }) {
    const { settings, style } = readSettings(path, text);
    if (settings["telemetry"] !== undefined && !isOurTelemetry(settings["telemetry"])) return text ?? "";
    return writeSettings({ ...settings, telemetry: telemetryTo(base) }, { text, style, before: settings });
  },
  disconnect(path, text) {
    const { settings, style } = readSettings(path, text);
    if (!isOurTelemetry(settings["telemetry"])) return text;
    const { telemetry: _, ...rest } = settings;
    return writeSettings(rest, { text, style, before: settings });
  },
};

function telemetryTo(endpoint: string): Json {
  return { enabled: true, target: "local", otlpEndpoint: endpoint, otlpProtocol: "http", logPrompts: false };
}

/** Exactly what we write, whatever the port. */
function isOurTelemetry(value: unknown): boolean {
  if (!isObject(value) || typeof value["otlpEndpoint"] !== "string") return false;
  return JSON.stringify(value) === JSON.stringify(telemetryTo(value["otlpEndpoint"]));
}
