/**
 * `npm run truth [-- DIR]`: plays every recording under DIR (default: our own) and prints, per client and case, what was found against what
 * is true. Recordings of Claude Code go through every combination of their sources, in the recorded and in shuffled order; of the others
 * through all their sources at once. Exit code 1 when anything differs. The folder's layout is that of `test/fixtures`.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import type { EventDraft, StoredEvent } from "../src/contract/events/index.ts";
import type { Usage } from "../src/contract/events/model.ts";
import { MAIN_AGENT, foreignId, toId, type SessionId } from "../src/contract/ids.ts";
import { createAcp } from "../src/formats/acp/acp.ts";
import { createExec } from "../src/formats/codex/exec.ts";
import { translateHook as translateCodexHook } from "../src/formats/codex/hook.ts";
import { createRollout } from "../src/formats/codex/rollout.ts";
import { createChat } from "../src/formats/gemini/chat.ts";
import { createHooks as createGeminiHooks } from "../src/formats/gemini/hook.ts";
import { createStream as createGeminiStream } from "../src/formats/gemini/stream.ts";
import { createOpencode } from "../src/formats/opencode/opencode.ts";
import type { Translation } from "../src/formats/translation.ts";
import { toTimestamp } from "../src/lib/clock.ts";
import { builtInSource, tablesOf } from "../src/money/built-in.ts";
import { costOf } from "../src/money/cost.ts";
import { createPrices } from "../src/money/prices.ts";
import type { Session } from "../src/projections/session.ts";
import { viewAgents, viewSession, viewCalls, viewTurns } from "../src/projections/views.ts";
import { spendOf, type Request } from "../src/projections/usage.ts";
import { viewTodos } from "../src/projections/todos.ts";
import { foundAsks, realAsks, type TrueAsk } from "../src/testing/truth-asks.ts";
import { differences } from "../src/testing/truth-compare.ts";
import {
  eventsOf,
  foldAll,
  loadRecordings,
  shuffled,
  todoText,
  trueTodoText,
  type Recording,
  type RecordedSource,
  type TrueTodo,
} from "../src/testing/truth.ts";

type Real = Readonly<Record<string, unknown>>;
interface AnyTruth {
  readonly client: string;
  readonly sessions: readonly Real[];
  readonly agents: readonly Real[];
  readonly turns: readonly Real[];
  readonly calls: readonly Real[];
  readonly requests: readonly Real[];
  readonly usage_records?: unknown;
  readonly totals?: { readonly reported_cost_usd?: number; readonly tokens?: Readonly<Record<string, number | null>> | null };
  readonly todos?: readonly TrueTodo[];
  readonly tasks?: readonly TrueTodo[];
  readonly asks?: readonly TrueAsk[];
}

const prices = createPrices(tablesOf(builtInSource));

const buckets = ["input", "cache_read", "cache_write_5m", "cache_write_1h", "output"] as const;
const sourcesOfClaude = ["hooks", "http-hooks", "transcript", "otel", "stream", "control"] as const;
const seeds = [7, 20_261_120];

/** Finds every folder with a truth in it. */
function* casesUnder(folder: string): Generator<string> {
  if (existsSync(join(folder, "truth.json"))) yield folder;
  for (const entry of readdirSync(folder, { withFileTypes: true })) if (entry.isDirectory()) yield* casesUnder(join(folder, entry.name));
}

const lines = (path: string): unknown[] =>
  existsSync(path)
    ? readFileSync(path, "utf8")
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as unknown)
    : [];
const filesOf = (folder: string, pattern: RegExp): string[] =>
  readdirSync(folder)
    .filter((file) => pattern.test(file))
    .toSorted()
    .map((file) => join(folder, file));

/** How each client's files become events, every source read as on its own. */
const readers: Readonly<Record<string, (folder: string) => Translation[]>> = {
  codex(folder) {
    const rollouts = filesOf(folder, /^rollout.*\.jsonl$/).flatMap((file) => lines(file).map(createRollout().translate));
    const hooks = (lines(join(folder, "hooks.jsonl")) as { t: number; payload: unknown }[]).map(({ t, payload }) =>
      translateCodexHook(payload, toTimestamp(t)),
    );
    const startMs = (lines(join(folder, "hooks.jsonl")) as { t: number }[])[0]?.t ?? 0;
    const exec = filesOf(folder, /^exec.*\.jsonl$/).flatMap((file, run) => {
      const reader = createExec({ only: rollouts.length + hooks.length === 0 });
      return lines(file).map((line, index) => reader.translate(line, toTimestamp(startMs + run * 30_000 + index * 10)));
    });
    return [...rollouts, ...hooks, ...exec];
  },
  opencode(folder) {
    const live = createOpencode();
    const events = (lines(join(folder, "events.jsonl")) as { t: number; event: unknown }[]).map(({ t, event }) =>
      live.event(event, toTimestamp(t)),
    );
    const runs = filesOf(folder, /^run.*\.jsonl$/);
    const whole = existsSync(join(folder, "export.json"))
      ? [createOpencode().messages(JSON.parse(readFileSync(join(folder, "export.json"), "utf8")), toTimestamp(0))]
      : [];
    const run = runs.flatMap((file) => lines(file).map(createOpencode({ only: events.length + whole.length === 0 }).line));
    return [...events, ...run, ...whole];
  },
  "gemini-cli"(folder) {
    const [hooks, stream, chat] = [createGeminiHooks(), createGeminiStream(), createChat()];
    return [
      ...(lines(join(folder, "hooks.jsonl")) as { payload: unknown }[]).map(({ payload }) => hooks.translate(payload)),
      ...lines(join(folder, "stream.jsonl")).map(stream.translate),
      ...lines(join(folder, "chat.jsonl")).map(chat.translate),
    ];
  },
  acp(folder) {
    const acp = createAcp({ only: true });
    return (lines(join(folder, "acp.jsonl")) as { dir: string; t: number; msg: unknown }[]).map(({ dir, t, msg }) =>
      acp.translate(msg, dir === "client->agent" ? "to_agent" : "to_client", toTimestamp(t)),
    );
  },
};

interface Row {
  readonly what: string;
  readonly found: number;
  readonly real: number;
  /** Told, but not so. A source may leave things unknown; it may not be wrong. */
  readonly wrong: number;
}

function countsOf(sessions: ReadonlyMap<SessionId, Session>, truth: AnyTruth): Row[] {
  const own = truth.sessions.map(({ session_id }) => sessions.get(toId("ses", String(session_id))));
  const agents = own.flatMap((session) => (session === undefined ? [] : viewAgents(session, 0)));
  const calls = own.flatMap((session) => (session === undefined ? [] : viewCalls(session)));
  const turns = own.flatMap((session) => (session === undefined ? [] : viewTurns(session)));
  const requests = own.flatMap((session) => (session === undefined ? [] : [...session.usage.requests.values()]));
  // Where a recording was thought to hold no id of an agent, its truth names the call that began it.
  const begunBy = new Map(agents.map((agent) => [`agent of ${foreignId(agent.call_id ?? "_")}`, agent.agent_id]));
  const agentId = (id: unknown): string => (id === "main" ? MAIN_AGENT : (begunBy.get(String(id)) ?? toId("agt", String(id))));
  const edge = (agent: string, parent: string | undefined) => `${agent} < ${parent ?? ""}`;
  const row = (what: string, found: readonly string[], real: readonly string[]): Row => {
    const left = [...found];
    const hits = real.filter((each) => left.includes(each) && left.splice(left.indexOf(each), 1));
    return { what, found: hits.length, real: real.length, wrong: left.length };
  };
  const todos = truth.todos ?? truth.tasks ?? [];
  const found = own.flatMap((session) => (session === undefined ? [] : viewTodos(session))).map((todo) => todoText(todo, todos));
  const views = own.flatMap((session) => (session === undefined ? [] : viewSession(session, 0)));
  const figure = (what: string, found: number, real: number): Row => ({
    what,
    found: Math.min(found, real),
    real,
    wrong: Math.max(0, found - real),
  });
  // Some sources tell the tokens of a prompt, and not of each request.
  const tokens = (bucket: (typeof buckets)[number]): Row => {
    const found = views.reduce((sum, view) => sum + view.tokens[bucket], 0);
    const real = truth.totals?.tokens?.[bucket] ?? truth.requests.reduce((sum, request) => sum + Number(request[bucket] ?? 0), 0);
    return figure(bucket, found, real);
  };
  const unsplit = truth.totals?.tokens?.["prompt"];
  return [
    row(
      "sessions",
      [...sessions.values()].filter((session) => session.facts.begun_at !== undefined).map((session) => session.session_id),
      truth.sessions.map(({ session_id }) => toId("ses", String(session_id))),
    ),
    row(
      "agents",
      agents.map((agent) => agent.agent_id),
      truth.agents.map(({ agent_id }) => agentId(agent_id)),
    ),
    row(
      "parents",
      agents.filter((agent) => agent.depth > 0).map((agent) => edge(agent.agent_id, agent.parent_agent_id)),
      truth.agents
        .filter(({ parent_agent_id }) => parent_agent_id !== undefined)
        .map((agent) => edge(agentId(agent["agent_id"]), agentId(agent["parent_agent_id"]))),
    ),
    row(
      "calls",
      calls.map((call) => `${call.agent_id} ${call.name}`),
      truth.calls.map((call) => `${agentId(call["agent_id"])} ${String(call["name"])}`),
    ),
    row(
      "outcomes",
      calls.map((call) => `${call.agent_id} ${call.name} ${call.outcome}`),
      truth.calls.map((call) => `${agentId(call["agent_id"])} ${String(call["name"])} ${String(call["outcome"])}`),
    ),
    row(
      "turns",
      turns.map((turn) => `${turn.agent_id} ${turn.origin}`),
      truth.turns.map((turn) => `${agentId(turn["agent_id"])} ${String(turn["origin"])}`),
    ),
    row(
      "requests",
      requests.map((request) => request.agent_id),
      truth.requests.map((request) => agentId(request["agent_id"])),
    ),
    ...buckets.map(tokens),
    ...(unsplit == null
      ? []
      : [
          figure(
            "input with cached",
            views.reduce((sum, view) => sum + (view.input_unsplit ?? 0), 0),
            unsplit,
          ),
        ]),
    row(
      "asks",
      own.flatMap((session) => (session === undefined ? [] : foundAsks(session))),
      realAsks(truth.asks ?? []),
    ),
    // Where requests tell no tokens, the program's own running total is the cost.
    truth.usage_records !== undefined && truth.totals?.reported_cost_usd !== undefined
      ? figure(
          "cost",
          Math.round(views.reduce((sum, view) => sum + (view.reported_usd_micros ?? 0), 0)),
          Math.round(truth.totals.reported_cost_usd * 1e6),
        )
      : costRow(requests, truth),
    ...(todos.length + found.length === 0 ? [] : [row("todos", found, todos.map(trueTodoText))]),
  ];
}

/** Millionths of a dollar by the built-in prices; requests of models without a price cost nothing on either side. */
function costRow(requests: readonly Request[], truth: AnyTruth): Row {
  const at = requests[0]?.at ?? "2026-11-20T00:00:00.000Z";
  const sumOf = (some: readonly Pick<Request, "at" | "model" | "usage">[]): number =>
    some.reduce((sum, request) => sum + (costOf([spendOf(request as Request)], () => prices).computed_usd_micros ?? 0), 0);
  const found = sumOf(requests.map(({ model, usage }) => ({ at, model, usage }) as Request));
  const real = sumOf(truth.requests.map((request) => ({ at, model: String(request["model"]), usage: usageOf(request) })));
  return { what: "cost", found: Math.min(found, real), real, wrong: Math.max(0, found - real) };
}

function usageOf(request: Real): Usage {
  return Object.fromEntries(buckets.map((bucket) => [bucket, Number(request[bucket] ?? 0)]));
}

function show(client: string, name: string, rows: readonly Row[]): void {
  const cells = rows.map(({ what, found, real, wrong }) => `${what} ${found}/${real}${wrong > 0 ? ` (+${wrong} not so)` : ""}`);
  console.log(`${client.padEnd(22)} ${name.padEnd(24)} ${cells.join("  ")}`);
}

function combinationsOf(recording: Recording): RecordedSource[][] {
  const present = sourcesOfClaude.filter((source) => recording.records.some((record) => record.source === source));
  const subsets = present.reduce<RecordedSource[][]>((all, source) => [...all, ...all.map((subset) => [...subset, source])], [[]]);
  // Two senders of the same hooks are told apart only where the transcript settles their times.
  return subsets.filter(
    (sources) => sources.length > 0 && (!sources.includes("hooks") || !sources.includes("http-hooks") || sources.includes("transcript")),
  );
}

let differing = 0;
const root = resolve(process.argv[2] ?? join(import.meta.dirname, "fixtures"));
const cases = [...casesUnder(root)];
const claudeFolders = new Set<string>();
for (const folder of cases) {
  const truth = JSON.parse(readFileSync(join(folder, "truth.json"), "utf8")) as AnyTruth;
  const isAcp = existsSync(join(folder, "acp.jsonl"));
  const client = isAcp
    ? "acp"
    : (["claude-code", "codex", "opencode", "gemini-cli"].find((name) => truth.client.startsWith(name.split("-")[0]!)) ?? "");
  if (client === "claude-code") {
    claudeFolders.add(dirname(folder));
    continue;
  }
  const read = readers[client];
  if (read === undefined) {
    console.log(`${relative(root, folder)}: no reader for the client "${truth.client}"`);
    differing++;
    continue;
  }
  const drafts = new Map(read(folder).flatMap(({ events }) => events.map((event): [string, EventDraft] => [event.id, event])));
  const rows = countsOf(foldAll([...drafts.values()].map((draft, index) => ({ ...draft, seq: index + 1 }) as StoredEvent)), truth);
  // ACP itself carries too little to name each request: only what it tells falsely counts against it.
  if (
    rows.some(
      ({ what, found, real, wrong }) =>
        (isAcp ? ["agents", "parents", "calls", "asks"].includes(what) : true) && (wrong > 0 || found < real),
    )
  )
    differing++;
  show(truth.client, isAcp ? relative(root, folder) : basename(folder), rows);
}
for (const folder of claudeFolders)
  for (const recording of loadRecordings(folder)) {
    const present = sourcesOfClaude.filter((source) => recording.records.some((record) => record.source === source));
    show("claude-code", recording.name, countsOf(foldAll(eventsOf(recording.records)), recording.truth as unknown as AnyTruth));
    const failures: string[] = [];
    let tried = 0;
    for (const sources of combinationsOf(recording)) {
      const chosen = recording.records.filter(({ source }) => sources.includes(source));
      for (const [order, records] of [
        ["recorded", chosen] as const,
        ...seeds.map((seed) => [`shuffled by ${seed}`, shuffled(chosen, seed)] as const),
      ]) {
        const events = eventsOf(records);
        tried++;
        for (const difference of differences({ events, sessions: foldAll(events) }, recording.truth, sources))
          failures.push(`  ${sources.join("+")}, ${order}: ${difference}`);
      }
    }
    console.log(
      `  ${tried} readings of ${present.join(", ")}: ${failures.length === 0 ? "all as it was" : `${failures.length} differences`}`,
    );
    for (const failure of failures.slice(0, 20)) console.log(failure);
    if (failures.length > 0) differing++;
  }
console.log(`${cases.length - differing} passed, ${differing} failed`);
process.exitCode = differing === 0 ? 0 : 1;
