import { ASKER_NAME, unreadable, type AnswerHook, type HookTargets, type Json } from "./claude-settings.ts";
import { commandHooks } from "./command-hooks.ts";
import type { SettingsPlan } from "./settings-plan.ts";
import { quoted, unquoted } from "./shell-words.ts";

export const CODEX_PATH = "/api/ingest/codex";

/** `hooks.json`: Codex knows command hooks only, with a limit in seconds. */
export const codexHooks: SettingsPlan = commandHooks({
  events: [
    "SessionStart",
    "UserPromptSubmit",
    "PreToolUse",
    "PermissionRequest",
    "PostToolUse",
    "PreCompact",
    "PostCompact",
    "SubagentStart",
    "SubagentStop",
    "Stop",
    "SessionEnd",
  ],
  // Codex gives the last hook of a session no more than this, and says so at every start when more is asked for.
  more: (event) => ({ timeout: event === "SessionEnd" ? 3 : 5 }),
  waits: (event, { asker, base, answer }, present) => {
    const wanted = answer ?? answerIn(present);
    if (wanted === undefined || wanted === "off" || !answerEvents.has(event)) return undefined;
    return waitingHook(event, { asker, base }, wanted);
  },
});

/** Events whose hook may decide about a call. */
const answerEvents: ReadonlySet<string> = new Set(["PreToolUse", "PermissionRequest"]);
/** The daemon answers by the deadline, the script gives up a little later, and Codex after both. */
const SCRIPT_SLACK_S = 1;
const CODEX_SLACK_S = 5;

function waitingHook(event: string, { asker, base }: Pick<HookTargets, "asker" | "base">, { deadline_s, otherwise }: AnswerHook): Json {
  const url = `${base}${CODEX_PATH}/answer/${deadline_s}/${otherwise}`;
  // Before a call the rules and budgets of that moment hold; later Codex asks a person, if it asks at all.
  const unreached = otherwise === "deny" ? "deny" : event === "PreToolUse" ? "look" : "pass";
  const words = [asker, event, url, String(deadline_s + SCRIPT_SLACK_S), unreached];
  return { timeout: deadline_s + CODEX_SLACK_S, command: words.map(quoted).join(" ") };
}

/** The waiting hook that stands in the settings. */
function answerIn(ours: readonly Json[]): AnswerHook | undefined {
  for (const { command } of ours) {
    const [asker = "", event, url = ""] = (typeof command === "string" ? unquoted(command) : undefined) ?? [];
    const [seconds, otherwise] = URL.parse(url)?.pathname.split("/").slice(-2) ?? [];
    if (!asker.endsWith(`/${ASKER_NAME}`) || event !== "PreToolUse" || (otherwise !== "ask" && otherwise !== "deny")) continue;
    return { deadline_s: Number(seconds), otherwise };
  }
  return undefined;
}

const BEGIN = "# >>> orrery (orrery disconnect codex takes this out)";
const END = "# <<< orrery";
const ours = /# >>> orrery[^\n]*\n[\s\S]*?# <<< orrery\r?\n?/;

/**
 * `config.toml`: where Codex sends its telemetry. The text is the user's own and is kept as it is, comments and all: ours is a block at its end.
 * Where telemetry goes somewhere already, nothing is changed. Its traces are left out: they are hundreds of the client's own inner steps a minute.
 */
export const codexTelemetry: SettingsPlan = {
  connect(path, text = "", { base }) {
    const theirs = text.replace(ours, "");
    checkToml(path, theirs);
    if (/^\s*(?:\[{1,2}\s*)?["']?otel["']?\s*[\].=]/m.test(theirs)) return theirs;
    const start = theirs === "" || theirs.endsWith("\n") ? "" : "\n";
    const lines = [
      BEGIN,
      "[otel]",
      `exporter = { otlp-http = { endpoint = ${JSON.stringify(`${base}/v1/logs`)}, protocol = "json" } }`,
      END,
      "",
    ];
    return `${theirs}${start}${lines.join("\n")}`;
  },
  disconnect(path, text) {
    const left = text.replace(ours, "");
    checkToml(path, left);
    return left;
  },
};

/** Without a whole TOML reader: what surely is none, or could swallow a block at its end, is left alone. */
function checkToml(path: string, text: string): void {
  if (text.includes("\0")) throw unreadable(path, "it is not text");
  for (const quote of ['"""', "'''"])
    if (text.split(quote).length % 2 === 0) throw unreadable(path, `a text that begins with ${quote} does not end`);
  const last = text.trimEnd().split("\n").at(-1) ?? "";
  if (/[=,[{]\s*(?:#.*)?$/.test(last) && !/^\s*#/.test(last)) throw unreadable(path, "its last line is not complete");
}
