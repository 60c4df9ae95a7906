import { isObject, readSettings, unreadable, writeSettings, type Json } from "./claude-settings.ts";
import type { SettingsPlan } from "./settings-plan.ts";

/** Says that the variables beside it are ours. */
const MARK = "ORRERY_TELEMETRY";

function variablesTo(endpoint: string): Json {
  return {
    [MARK]: "1",
    CLAUDE_CODE_ENABLE_TELEMETRY: "1",
    CLAUDE_CODE_ENHANCED_TELEMETRY_BETA: "1",
    OTEL_METRICS_EXPORTER: "otlp",
    OTEL_LOGS_EXPORTER: "otlp",
    OTEL_TRACES_EXPORTER: "otlp",
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
  };
}

/**
 * Claude Code's telemetry, by the `env` of its settings: requests with cost and waiting times as they end, and who started whom. Prompts and
 * answers are not in it. Where telemetry is set already, nothing is changed.
 */
export const claudeTelemetry: SettingsPlan = {
  connect(path, text, { base }) {
    const { settings, style } = readSettings(path, text);
    const present = envOf(path, settings);
    const isTheirs = Object.keys(present).some((name) => name.startsWith("OTEL_") || name === "CLAUDE_CODE_ENABLE_TELEMETRY");
    if (isTheirs && present[MARK] === undefined) return text ?? "";
    return writeSettings({ ...settings, env: { ...present, ...variablesTo(base) } }, { text, style, before: settings });
  },
  disconnect(path, text) {
    const { settings, style } = readSettings(path, text);
    const present = envOf(path, settings);
    if (present[MARK] === undefined) return text;
    const ours = new Set(Object.keys(variablesTo("")));
    const env = Object.fromEntries(Object.entries(present).filter(([name]) => !ours.has(name)));
    const { env: _, ...rest } = settings;
    return writeSettings(Object.keys(env).length === 0 ? rest : { ...settings, env }, { text, style, before: settings });
  },
};

function envOf(path: string, settings: Json): Json {
  const env = settings["env"] ?? {};
  if (!isObject(env)) throw unreadable(path, "env is not an object");
  return env;
}
