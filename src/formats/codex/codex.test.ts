// Codex: what its recordings do not show, and junk. The recordings themselves are played in test/truth.test.ts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { codex } from "../../testing/recorded-codex.ts";
import { drafts, fold, readLines } from "../../testing/truth-clients.ts";
import { assertHarmless, stateText } from "../../testing/truth-order.ts";
import { createExec } from "./exec.ts";
import { translateHook } from "./hook.ts";
import { createRollout } from "./rollout.ts";

type Source = "hooks" | "transcript" | "stream";
const translations = (name: string, sources: readonly Source[]) => codex.read(`codex/${name}`, sources);

test("the same input twice gives the same events", () => {
  const sources = ["hooks", "transcript", "stream"] as const;
  assert.deepEqual(translations("subagents", sources), translations("subagents", sources));
});

test("reading a rollout goes on where it stopped", () => {
  const lines = readLines("codex/subagents/rollout-1.jsonl");
  const whole = createRollout();
  const expected = lines.flatMap((line) => whole.translate(line).events);
  for (let cut = 1; cut < lines.length; cut++) {
    const first = createRollout();
    const before = lines.slice(0, cut).flatMap((line) => first.translate(line).events);
    const second = createRollout(JSON.parse(JSON.stringify(first.state)) as typeof first.state);
    assert.deepEqual([...before, ...lines.slice(cut).flatMap((line) => second.translate(line).events)], expected);
  }
});

test("the same words by hooks, rollout and stream are one message", () => {
  const total = (name: string, sources: readonly Source[]) => [...fold(drafts(translations(name, sources))).values()][0]!.messages.total;
  for (const name of ["simple-hooks", "resume", "subagents", "errors"])
    assert.equal(total(name, ["hooks", "transcript", "stream"]), total(name, ["transcript"]), name);
});

test("a call that was refused or could not be made is not taken for one that went well", () => {
  const lines = readLines("codex/simple/rollout-1.jsonl");
  const at = lines.findIndex((line) => (line as { payload?: { type?: string } }).payload?.type === "function_call_output");
  const outcomeOf = (output: string): string | undefined => {
    const rollout = createRollout();
    const answered = JSON.parse(JSON.stringify(lines[at])) as { payload: { output: string } };
    answered.payload.output = output;
    const events = [...lines.slice(0, at), answered].flatMap((line) => rollout.translate(line).events);
    return (events.findLast(({ type }) => type === "tool.ended")?.data as { outcome?: string } | undefined)?.outcome;
  };
  // In the words of Codex 0.169: refused by a person, by a rule, and not found.
  assert.equal(outcomeOf('exec_command failed: CreateProcess { message: "Rejected(\\"Not there.\\")" }'), "denied");
  assert.equal(outcomeOf("Command blocked by PreToolUse hook: Decided by rule 1 of policy.json: not now. Command: touch x"), "denied");
  assert.equal(outcomeOf('exec_command failed: CreateProcess { message: "No such file or directory (os error 2)" }'), "error");
  assert.equal(outcomeOf("Rejected"), "ok");
});

test("the failed request of a turn is told once, by whichever source may tell it", () => {
  for (const sources of [["stream"], ["transcript"], ["transcript", "stream"]] as const) {
    const failed = drafts(translations("errors", sources)).filter((event) => event.type === "model.failed");
    assert.equal(failed.length, 1, sources.join());
  }
});

const meta = (id: string, more: object = {}) => ({ timestamp: "2026-11-20T10:00:00.000Z", type: "session_meta", payload: { id, ...more } });
const counted = (second: number, input: number, cached: number, output: number) => ({
  timestamp: `2026-11-20T10:00:${String(second).padStart(2, "0")}.000Z`,
  type: "event_msg",
  payload: {
    type: "token_count",
    info: { total_token_usage: { input_tokens: input, cached_input_tokens: cached, output_tokens: output, reasoning_output_tokens: 0 } },
  },
});
const PARENT = "01a1f877-0000-7010-a35d-70399f1ba2c3";
const CHILD = "01a1f877-5555-7bd3-bb8a-5508352ce6eb";
const context = (second: number, turn_id: string) => ({
  timestamp: `2026-11-20T10:00:${String(second).padStart(2, "0")}.000Z`,
  type: "turn_context",
  payload: { turn_id, model: "gpt-5" },
});

test("a file with running totals only: each step is one request, a repeated total none", () => {
  const rollout = createRollout();
  const events = drafts(
    [
      meta(PARENT),
      context(1, "01a1f877-1111-7010-a35d-70399f1ba2c3"),
      counted(2, 100, 60, 10),
      counted(3, 100, 60, 10),
      counted(4, 260, 160, 15),
    ].map((line) => rollout.translate(line)),
  );
  const usage = events.flatMap((event) => (event.type === "model.responded" ? [event.data.usage] : []));
  assert.deepEqual(usage, [
    { input: 40, cache_read: 60, cache_write_5m: 0, cache_write_1h: 0, output: 10, reasoning: 0 },
    { input: 60, cache_read: 100, cache_write_5m: 0, cache_write_1h: 0, output: 5, reasoning: 0 },
  ]);
});

test("a subagent's file that repeats its parent's history counts only what is its own", () => {
  const rollout = createRollout();
  const lines = [
    meta(CHILD, { session_id: PARENT, parent_thread_id: PARENT }),
    meta(PARENT),
    context(1, "01a1f877-1111-7010-a35d-70399f1ba2c3"),
    counted(2, 100_000, 60_000, 10),
    context(3, "01a1f877-6666-7010-a35d-70399f1ba2c3"),
    counted(4, 100_300, 60_100, 15),
  ];
  const events = drafts(lines.map((line) => rollout.translate(line)));
  const session = [...fold(events).values()][0]!;
  assert.equal(session.usage.requests.size, 1);
  assert.deepEqual([...session.usage.requests.values()][0]?.usage, {
    input: 200,
    cache_read: 100,
    cache_write_5m: 0,
    cache_write_1h: 0,
    output: 5,
    reasoning: 0,
  });
  assert.match(stateText(events), new RegExp(`agt_${CHILD}`));
});

test("junk is refused or kept, never thrown", () => {
  const at = "2026-11-20T10:00:00.000Z";
  const hooks = (readLines("codex/subagents/hooks.jsonl") as { payload: unknown }[]).map((line) => line.payload);
  assertHarmless(hooks, () => (record) => translateHook(record, at));
  assertHarmless(readLines("codex/subagents/rollout-1.jsonl"), () => {
    const rollout = createRollout();
    return (record) => rollout.translate(record);
  });
  assertHarmless(readLines("codex/simple-hooks/exec.jsonl"), () => {
    const exec = createExec({ only: true });
    return (record) => exec.translate(record, at);
  });
});

test("what is left of a plan is told by its windows, in the form of older clients too", () => {
  const at = "2026-11-20T10:00:00.000Z";
  const rollout = createRollout();
  rollout.translate({ type: "session_meta", timestamp: at, payload: { id: "t1", cwd: "/p" } });
  const told = (rate_limits: object) =>
    rollout
      .translate({ type: "event_msg", timestamp: at, payload: { type: "token_count", info: null, rate_limits } })
      .events.flatMap((event) => (event.type === "limit.reported" ? [event.data] : []));
  const primary = { used_percent: 12.5, window_minutes: 300, resets_at: 1_795_176_000 };
  const secondary = { used_percent: 40, window_minutes: 10_080, resets_in_seconds: 3_600 };
  assert.deepEqual(told({ limit_id: "codex", primary, secondary, plan_type: "plus" }), [
    { limit: "5h", used_percent: 12.5, window_minutes: 300, plan: "plus", resets_at: "2026-11-20T12:00:00.000Z" },
    { limit: "7d", used_percent: 40, window_minutes: 10_080, plan: "plus", resets_at: "2026-11-20T11:00:00.000Z" },
  ]);
  assert.deepEqual(
    told({ limit_id: "codex_other", primary }).map(({ limit }) => limit),
    ["codex_other 5h"],
  );
  assert.deepEqual(told({ primary: null, secondary: { used_percent: "much" } }), []);
});
