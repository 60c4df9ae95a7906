import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Client } from "../../client/index.ts";
import type { SourceStatus } from "../../contract/operations/system.ts";
import { forbidsAnything, readPolicies } from "../../asks/index.ts";
import { hasCommandHooks, hasStatusLine, readConnection } from "../../ingest/index.ts";
import { withDaemon, withExample, type CommandModule, type Context } from "../command.ts";
import { connectable, settingsOf } from "../connectable.ts";
import { answers, daemonUrl, homeOf } from "../find-daemon.ts";
import { clientOf } from "../token-file.ts";
import type { Column } from "../output.ts";
import { ago, compactNumber } from "../printable.ts";

interface Finding {
  readonly what: string;
  readonly state: "ok" | "idle" | "wrong";
  readonly detail: string;
  /** The one command that mends it. */
  readonly mend?: string;
}

const SOMETHING_WRONG = 1;

/** Says for each part whether it works, and what to do if not. */
export const doctor: CommandModule = {
  configure(command) {
    command.option("--settings <file>", "Claude Code settings file to look at; default: the user's own");
    withExample(withDaemon(command), "orrery doctor");
  },

  async run(context, options) {
    const { out, env } = context;
    const url = daemonUrl(options, env);
    const findings = [
      ...(await daemonFindings(clientOf(options, env, url), url)),
      hooksFinding(settingsOf(connectable["claude"]!, options, env), url, homeOf(options, env)),
      statusLineFinding(settingsOf(connectable["claude"]!, options, env)),
      ...otherFindings(env),
    ];
    out.show({
      data: findings,
      rows: findings,
      columns: columns(context),
      ids: findings.filter(({ state }) => state === "wrong").map(({ what }) => what),
    });
    return findings.some(({ state }) => state === "wrong") ? SOMETHING_WRONG : 0;
  },
};

async function daemonFindings(client: Client, url: string): Promise<Finding[]> {
  if (!(await answers(url))) return [{ what: "daemon", state: "wrong", detail: `nothing answers at ${url}`, mend: "orrery serve" }];
  const status = (await client.status.get()) as {
    readonly version: string;
    readonly pid: number;
    readonly head: number;
    readonly home: string;
    readonly log_bytes?: number;
    readonly sources?: readonly SourceStatus[];
    readonly programs?: readonly { readonly app: string; readonly version?: string }[];
    readonly unknown_records?: Readonly<Record<string, number>>;
  };
  const now = Date.now();
  const sources = status.sources ?? [];
  const versions = new Map((status.programs ?? []).flatMap(({ app, version }) => (version === undefined ? [] : [[app, version] as const])));
  return [
    { what: "daemon", state: "ok", detail: `${url}, version ${status.version}, process ${status.pid}` },
    {
      what: "log",
      state: "ok",
      detail: `${compactNumber(status.head)} events, ${compactNumber(status.log_bytes ?? 0)}B in ${status.home}`,
    },
    ...sources.map((source) => sourceFinding(source, now, versions)),
    ...absentFindings(sources),
    forwardFinding(status.home),
    ...unknownFinding(status.unknown_records ?? {}),
  ];
}

/** Records that were kept because no translator of this version knows them. */
function unknownFinding(unknown: Readonly<Record<string, number>>): Finding[] {
  const detail = Object.entries(unknown)
    .map(([format, count]) => `${format} ${compactNumber(count)}`)
    .join(", ");
  return detail === "" ? [] : [{ what: "not understood", state: "idle", detail, mend: "orrery reingest (after an upgrade)" }];
}

/** What brings a source to life that nothing came from yet, or whose state is of no daemon: by the beginning of its name. */
const mends: readonly (readonly [name: string, mend: string])[] = [
  ["claude-code hooks", "orrery connect claude"],
  ["claude-code status line", "orrery connect claude"],
  ["claude-code stream-json", "claude -p … --output-format stream-json --verbose | orrery ingest claude-stream"],
  ["claude-code otel", "orrery connect claude --otel"],
  ["codex hooks", "orrery connect codex"],
  ["codex exec", "codex exec --json … | orrery ingest codex-exec"],
  ["codex otel", "orrery connect codex --otel"],
  ["opencode plugin", "orrery connect opencode"],
  ["opencode run", "opencode run --format json … | orrery ingest opencode-run"],
  ["gemini hooks", "orrery connect gemini"],
  ["gemini stream-json", "gemini -o stream-json … | orrery ingest gemini-stream"],
  ["gemini telemetry", "orrery connect gemini --otel"],
  ["acp", "orrery ingest acp <messages.jsonl"],
  ["kei lines", "POST /api/ingest/kei"],
  ["kei output", "orrery ingest kei <agent-events.jsonl"],
  ["claude-mpm events", "POST /api/ingest/mpm"],
  ["otlp", "OTEL_EXPORTER_OTLP_ENDPOINT=<this daemon>"],
];

/** Sources that a daemon has only where it is told of them, by the beginning of their names. */
const optional: readonly (readonly [name: string, found: RegExp, detail: string, mend: string])[] = [
  ["claude-code transcripts", /^claude-code transcripts/, "files are not followed", "orrery serve --transcripts on"],
  ["claude-code tasks and teams", /^claude-code tasks and teams/, "files are not followed", "orrery serve --transcripts on"],
  ["codex rollouts", /^codex rollouts/, "files are not followed", "orrery serve --transcripts on"],
  ["gemini chats", /^gemini chats/, "files are not followed", "orrery serve --transcripts on"],
  ["kei events", /^kei events/, "files are not followed", "orrery serve --transcripts on"],
  ["opencode server", /^opencode server/, "no server is named", "orrery serve --opencode-urls http://127.0.0.1:4096"],
  ["mapped files", / file$/, "no file is named", "orrery serve --mapped-files FILE=MAPPING"],
];

function absentFindings(sources: readonly SourceStatus[]): Finding[] {
  return optional
    .filter(([, found]) => !sources.some(({ name }) => found.test(name)))
    .map(([what, , detail, mend]) => ({ what, state: "idle", detail, mend }));
}

/** Whether `orrery forward` keeps events here for another Orrery; it is a process of its own. */
function forwardFinding(home: string): Finding {
  const what = "forward";
  return existsSync(join(home, "forward"))
    ? { what, state: "ok", detail: `what waits for the other Orrery is in ${join(home, "forward")}` }
    : { what, state: "idle", detail: "nothing is sent to another Orrery", mend: "orrery forward --to <url>" };
}

function sourceFinding(source: SourceStatus, now: number, versions: ReadonlyMap<string, string>): Finding {
  const { name, format, state, last_record_at, records, rejected, lag_ms, detail } = source;
  const version = versions.get(format.split("/")[0]!);
  const last =
    last_record_at === undefined
      ? "nothing since the start"
      : `last ${ago(Date.parse(last_record_at), now)} ago, ${compactNumber(records)} records`;
  const said = [
    state,
    last,
    lag_ms === undefined ? "" : `lag ${ago(0, lag_ms)}`,
    rejected === 0 ? "" : `${rejected} rejected`,
    version === undefined || last_record_at === undefined ? "" : `version ${version}`,
    detail ?? "",
  ];
  const row = { what: name, detail: said.filter((part) => part !== "").join(", ") };
  if (state === "stopped") return { ...row, state: "wrong", mend: "orrery serve" };
  if (state === "failing") return { ...row, state: "wrong", mend: "orrery tail system.failed --last 5" };
  if (rejected > 0) return { ...row, state: "ok", mend: "orrery tail source.rejected --last 5" };
  if (state !== "waiting") return { ...row, state: "ok" };
  const mend = mends.find(([begin]) => name.startsWith(begin))?.[1];
  return { ...row, state: "idle", ...(mend === undefined ? {} : { mend }) };
}

/** Whether Claude Code is set to send its hooks to this daemon. */
function hooksFinding(path: string, url: string, home: string): Finding {
  const what = "claude settings: hooks";
  const mend = "orrery connect claude";
  try {
    const { isConnected, urls, isDisabled, answer, asker } = readConnection(path, readFileSync(path, "utf8"));
    if (!isConnected) return { what, state: "idle", detail: `not connected in ${path}`, mend };
    if (isDisabled) return { what, state: "wrong", detail: `${path} has disableAllHooks`, mend: `remove disableAllHooks from ${path}` };
    const elsewhere = urls.find((one) => new URL(one).origin !== new URL(url).origin);
    if (elsewhere !== undefined) return { what, state: "wrong", detail: `${path} sends to ${elsewhere}`, mend };
    if (answer?.otherwise === "ask" && (asker === undefined || !existsSync(asker))) {
      const detail =
        asker === undefined
          ? `${path} lets calls pass while no Orrery runs`
          : `${asker} is gone: no rule holds while it is, and nothing is asked`;
      return { what, state: "wrong", detail, mend: `${mend} --answer ${answer.deadline_s}s` };
    }
    const without = answer === undefined ? "" : `; without an Orrery ${blocked(answer.otherwise, home)}`;
    return { what, state: "ok", detail: `connected in ${path}${without}` };
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    return isMissing
      ? { what, state: "idle", detail: `not connected: there is no ${path}`, mend }
      : { what, state: "wrong", detail: (error as Error).message, mend: `repair ${path}` };
  }
}

/** What becomes of the calls of an agent that asks, while nobody answers it. */
function blocked(otherwise: "ask" | "deny", home: string): string {
  if (otherwise === "deny") return "its calls are blocked";
  const files = readPolicies(home, process.cwd()).filter((set) => forbidsAnything([set]));
  const because = [...files.map(({ path }) => path), ...(setsBudgets(home) ? [join(home, "budgets.json")] : [])];
  return because.length === 0
    ? "its calls go by its own settings, as no rule or budget here is against any"
    : `its calls are blocked, because of ${because.join(", ")}`;
}

function setsBudgets(home: string): boolean {
  try {
    return readFileSync(join(home, "budgets.json"), "utf8").replaceAll(/\s/g, "") !== '{"budgets":[]}';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ENOENT";
  }
}

function statusLineFinding(path: string): Finding {
  const what = "claude settings: status line";
  const mend = "orrery connect claude";
  try {
    return hasStatusLine(path, readFileSync(path, "utf8"))
      ? { what, state: "ok", detail: `connected in ${path}` }
      : { what, state: "idle", detail: `not connected in ${path}`, mend };
  } catch {
    return { what, state: "idle", detail: `not connected: ${path} cannot be read`, mend };
  }
}

/** Agents beside Claude Code, where they are on this machine. */
function otherFindings(env: Context["env"]): Finding[] {
  return Object.entries(connectable).flatMap(([name, agent]): Finding[] => {
    const path = agent.settings(env);
    const what = `${name} settings`;
    const mend = `orrery connect ${name}`;
    // The folder of opencode's plugins may not be there yet, the one above it is.
    if (name === "claude" || !existsSync(name === "opencode" ? dirname(dirname(path)) : dirname(path))) return [];
    try {
      const isConnected = existsSync(path) && (name === "opencode" || hasCommandHooks(path, readFileSync(path, "utf8")));
      return [
        isConnected
          ? { what, state: "ok", detail: `connected in ${path}` }
          : { what, state: "idle", detail: `not connected in ${path}`, mend },
      ];
    } catch (error) {
      return [{ what, state: "wrong", detail: (error as Error).message, mend: `repair ${path}` }];
    }
  });
}

function columns({ out: { paint } }: Context): readonly Column<Finding>[] {
  const colour = { ok: paint.green, idle: paint.yellow, wrong: paint.red };
  return [
    { name: "PART", value: ({ what }) => what },
    { name: "STATE", value: ({ state }) => state, paint: (text, { state }) => colour[state](text) },
    { name: "DETAIL", value: ({ detail }) => detail, isFlexible: true },
    { name: "MEND", value: ({ mend }) => mend ?? "" },
  ];
}
