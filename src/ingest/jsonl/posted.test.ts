import assert from "node:assert/strict";
import { test } from "node:test";
import { OrreryError } from "../../contract/errors.ts";
import { systemClock, toTimestamp } from "../../lib/clock.ts";
import { createMemoryLog } from "../../log/index.ts";
import type { EventLog } from "../../log/log.ts";
import { testSource } from "../../testing/source-suite.ts";
import { readLines } from "../../testing/truth-clients.ts";
import { createStatusLines } from "../claude/status-lines.ts";
import { createCodexHooks } from "../codex/hooks.ts";
import { createGeminiHooks } from "../gemini/hooks.ts";
import { createKeiPosted } from "../kei/posted.ts";
import { createMpmBodies } from "../mpm/bodies.ts";
import { createOpencodeEvents } from "../opencode/plugin-events.ts";
import type { Intake } from "../source.ts";
import type { Posted } from "./posted.ts";

type Open = (intake: Pick<Intake, "append" | "clock" | "notes">) => Posted;
interface Recorded {
  readonly t: number;
  readonly payload: unknown;
}

const clock = { ...systemClock, now: () => 1_795_170_076_000, sleep: () => Promise.resolve() };
const codex = (readLines("codex/subagents/hooks.jsonl") as Recorded[]).map(({ t, payload }) => ({
  received_at: toTimestamp(t),
  body: payload,
}));
const gemini = (readLines("gemini-cli/simple/hooks.jsonl") as Recorded[]).map(({ payload }) => payload);
const opencode = (readLines("opencode/serve-subagents/events.jsonl") as { t: number; event: unknown }[]).map(({ t, event }) => ({
  received_at: toTimestamp(t),
  body: event,
}));
const kei = [
  {
    ts: "2026-11-20T10:00:00.000Z",
    event: "agent_spawn",
    id: "toolu_1",
    parent_id: "s1",
    subagent_type: "Explore",
    model: "sonnet",
    prompt_preview: "look",
  },
  { ts: "2026-11-20T10:00:01.000Z", event: "tool_use", id: "toolu_2", agent_id: "toolu_1", tool: "Read" },
  { ts: "2026-11-20T10:00:02.000Z", event: "skill_use", id: "toolu_3", agent_id: "s1", skill: "tidy", success: true },
  { ts: "2026-11-20T10:00:03.000Z", event: "agent_done", id: "toolu_1", outcome: "functional", duration_ms: 3000, tool_use_count: 1 },
];
const mpm = [
  { subtype: "user_prompt", data: { prompt_text: "go", session_id: "m1" } },
  { subtype: "pre_tool", data: { tool_name: "Bash", tool_parameters: { command: "ls" }, session_id: "m1", correlation_id: "c1" } },
  {
    subtype: "post_tool",
    data: { tool_name: "Bash", success: true, exit_code: 0, duration_ms: 4, session_id: "m1", correlation_id: "c1" },
  },
  { subtype: "stop", data: { reason: "completed", session_id: "m1" } },
].map((told, at) => ({
  namespace: "",
  event: "claude_event",
  data: { event: "mpm_event", source: "hook", type: "hook", timestamp: `2026-11-20T10:00:0${at}+00:00`, ...told },
}));

const statusLines = [0, 1, 1, 2].map((step) => ({
  session_id: `s${step % 2}`,
  cwd: "/p",
  cost: { total_cost_usd: step },
  context_window: { context_window_size: 200_000, used_percentage: step },
  rate_limits: { five_hour: { used_percentage: 40 } },
}));

/** As the gateway hands over what was posted. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return { $unparsable: (error as Error).message };
  }
}

/** Sent in any order, one record per request. */
function asRecords(open: Open) {
  return async (log: EventLog) => {
    const posted = open({ append: log.append, notes: log.notes, clock });
    return { give: (piece: string) => posted.handle({ bodies: [parsed(piece)] }), close: () => posted.stop() };
  };
}

/** Sent in order, a request per piece of the stream; the state outlives no run, as in a log of its own. */
function asStream(open: Open) {
  return async (log: EventLog) => {
    const posted = open({ append: log.append, notes: log.notes, clock });
    let rest = "";
    return {
      async give(piece: string) {
        const lines = (rest + (isBytes(piece) ? piece : Buffer.from(piece).toString("latin1"))).split("\n");
        rest = lines.pop()!;
        await posted.handle({
          bodies: lines.filter((line) => line.trim() !== "").map((line) => parsed(Buffer.from(line, "latin1").toString())),
        });
      },
      close: () => posted.stop(),
    };
  };
}

function isBytes(text: string): boolean {
  return [...text].every((character) => character.codePointAt(0)! <= 0xff);
}

const lines = (records: readonly unknown[]) => records.map((record) => `${JSON.stringify(record)}\n`);

testSource("codex hooks", { kind: "records", pieces: codex.map((record) => JSON.stringify(record)), open: asRecords(createCodexHooks) });
testSource("claude-mpm bodies", { kind: "records", pieces: mpm.map((body) => JSON.stringify(body)), open: asRecords(createMpmBodies) });
testSource("gemini hooks", { kind: "stream", pieces: lines(gemini), open: asStream(createGeminiHooks) });
testSource("kei lines", { kind: "stream", pieces: lines(kei), open: asStream(createKeiPosted) });
testSource("opencode plugin", { kind: "stream", pieces: lines(opencode), open: asStream(createOpencodeEvents) });

testSource("claude status lines", { kind: "stream", pieces: lines(statusLines), open: asStream(createStatusLines) });

test("a status line that says nothing new gives no event, in another process too", async () => {
  const log = createMemoryLog({ clock: systemClock });
  let now = clock.now();
  const typesAfter = async (body: unknown) => {
    await createStatusLines({ append: log.append, notes: log.notes, clock: { ...clock, now: () => now++ } }).handle({ bodies: [body] });
    return log.read({ limit: 99 }).map(({ type }) => type);
  };
  const first = await typesAfter(statusLines[0]);
  assert.deepEqual(first, ["session.updated", "cost.reported", "limit.reported"]);
  assert.deepEqual(await typesAfter({ ...statusLines[0], cost: { total_cost_usd: 0, total_duration_ms: 99 } }), first);
  assert.deepEqual(await typesAfter({ ...statusLines[0], cost: { total_cost_usd: 0.5 } }), [...first, "cost.reported"]);
});

test("hooks that overtook each other on the way are read in the order of their times", async () => {
  const idsOf = async (bodies: readonly unknown[]) => {
    const log = createMemoryLog({ clock: systemClock });
    const hooks = createGeminiHooks({ append: log.append, notes: log.notes, clock: systemClock });
    await Promise.all(bodies.map((body) => hooks.handle({ bodies: [body] })));
    return log.read({ limit: 1_000 }).map((event) => JSON.stringify({ ...event, seq: 0 }));
  };
  assert.deepEqual((await idsOf(gemini.toReversed())).toSorted(), (await idsOf(gemini)).toSorted());
});

test("a delivery that the log refused says the same when it comes again", async () => {
  const log = createMemoryLog({ clock: systemClock });
  let isBusy = true;
  const append: EventLog["append"] = (drafts) => (isBusy ? Promise.reject(new OrreryError("LOG_BUSY")) : log.append(drafts));
  const hooks = createGeminiHooks({ append, notes: log.notes, clock });
  await assert.rejects(hooks.handle({ bodies: gemini }), { code: "LOG_BUSY" });
  isBusy = false;
  await hooks.handle({ bodies: gemini });
  const whole = createMemoryLog({ clock: systemClock });
  await createGeminiHooks({ append: whole.append, notes: whole.notes, clock }).handle({ bodies: gemini });
  assert.deepEqual(
    log.read({ limit: 1_000 }).map(({ id }) => id),
    whole.read({ limit: 1_000 }).map(({ id }) => id),
  );
});

test("what a reader learnt outlives the process", async () => {
  const log = createMemoryLog({ clock: systemClock });
  for (const body of kei) await createKeiPosted({ append: log.append, notes: log.notes, clock }).handle({ bodies: [body] });
  const whole = createMemoryLog({ clock: systemClock });
  await createKeiPosted({ append: whole.append, notes: whole.notes, clock }).handle({ bodies: kei });
  assert.deepEqual(log.read({ limit: 100 }), whole.read({ limit: 100 }));
  const half = Math.floor(gemini.length / 2);
  const [a, b] = [createMemoryLog({ clock: systemClock }), createMemoryLog({ clock: systemClock })];
  await createGeminiHooks({ append: a.append, notes: a.notes, clock }).handle({ bodies: gemini.slice(0, half) });
  await createGeminiHooks({ append: a.append, notes: a.notes, clock }).handle({ bodies: gemini.slice(half) });
  await createGeminiHooks({ append: b.append, notes: b.notes, clock }).handle({ bodies: gemini });
  assert.deepEqual(a.read({ limit: 1_000 }), b.read({ limit: 1_000 }));
});

test("a canary proves the path of its format", async () => {
  const log = createMemoryLog({ clock: systemClock });
  await createCodexHooks({ append: log.append, clock }).handle({
    bodies: [{ hook_event_name: "OrreryCanary", canary: "can_1", session_id: "x" }],
  });
  assert.deepEqual(
    log.read({ limit: 9 }).map(({ type, data }) => [type, data]),
    [["source.connected", { format: "codex/hook", canary: "can_1" }]],
  );
});
