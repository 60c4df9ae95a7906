import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { StoredEvent } from "../contract/events/index.ts";
import { randomSessionEvents } from "../testing/random-session.ts";
import { foldSession, type Session } from "./session.ts";
import { ofSession } from "./state.ts";
import { traceOf, type Trace } from "./trace.ts";

const START = Date.UTC(2026, 10, 20, 10);
const NOW = START + 3_600_000;
type Telling = readonly [ms: number, type: string, data: object, agent?: string];

function fold(tellings: readonly Telling[]): Trace {
  let session: Session | undefined;
  tellings.forEach(([ms, type, data, agent = "agt_main"], index) => {
    const timestamp = new Date(START + ms).toISOString();
    const event = {
      seq: index + 1,
      id: `e${index}`,
      type,
      timestamp,
      source: "claude-code/hook",
      session_id: "ses_a",
      agent_id: agent,
      data,
    };
    session = foldSession(session, event as unknown as StoredEvent & { session_id: never });
  });
  return traceOf(session!, NOW);
}

const call = (id: string, from: number, to: number, agent?: string, more: object = {}): Telling[] => [
  [from, "tool.started", { call_id: id, name: "Bash", ...more }, agent],
  [to, "tool.ended", { call_id: id, outcome: "ok" }, agent],
];
const turn = (id: string, from: number, to: number): Telling[] => [
  [from, "turn.started", { turn_id: id, prompt: id }],
  [to, "turn.ended", { turn_id: id }],
];
const onPath = ({ spans }: Trace) => spans.filter(({ critical }) => critical !== undefined).map(({ id, critical }) => `${id} ${critical}`);

test("of calls side by side the last to end decides, and what ran before it began", () => {
  const trace = fold([
    ...turn("trn_1", 0, 10_000),
    ...call("short", 1_000, 4_000),
    ...call("long", 2_000, 9_000),
    ...call("in", 3_000, 5_000),
  ]);
  assert.deepEqual(onPath(trace), ["trn_1 work", "short work", "long work"]);
  assert.deepEqual(trace.critical, { work_ms: 8_000, human_ms: 0, idle_ms: 2_000 });
});

test("the time of a call that started an agent is the agent's, down to its own agents", () => {
  const trace = fold([
    ...turn("trn_1", 0, 20_000),
    ...call("spawn", 1_000, 19_000, "agt_main", { kind: "agent" }),
    [2_000, "agent.spawned", { parent_agent_id: "agt_main", call_id: "spawn", name: "lead" }, "agt_lead"],
    ...call("inner", 4_000, 15_000, "agt_lead", { kind: "agent" }),
    [5_000, "agent.spawned", { parent_agent_id: "agt_lead", call_id: "inner", name: "deep" }, "agt_deep"],
    ...call("work", 6_000, 14_000, "agt_deep"),
    ...call("beside", 6_000, 7_000, "agt_lead"),
    [15_000, "agent.ended", { outcome: "completed" }, "agt_deep"],
    [18_000, "agent.ended", { outcome: "completed" }, "agt_lead"],
  ]);
  assert.deepEqual(
    trace.spans.map(({ id, depth }) => `${depth} ${id}`),
    ["0 trn_1", "1 spawn", "2 agt_lead", "3 inner", "4 agt_deep", "5 work", "3 beside"],
  );
  assert.deepEqual(onPath(trace), ["trn_1 work", "spawn work", "agt_lead work", "inner work", "agt_deep work", "work work"]);
  // Of the turn 0–1 and 19–20, of the agents 2–4, 15–18, 5–6 and 14–15 had nothing running.
  assert.deepEqual(trace.critical, { work_ms: 11_000, human_ms: 0, idle_ms: 9_000 });
});

test("waiting for a person is apart, once, and nobody's work; time between turns is nobody's delay", () => {
  const asked: Telling[] = [
    [1_000, "ask.opened", { ask_id: "ask_1", kind: "permission", call_id: "asked", tool: "Bash" }],
    [7_000, "ask.answered", { ask_id: "ask_1", outcome: "allowed" }],
  ];
  const trace = fold([...turn("trn_1", 0, 10_000), ...call("asked", 1_000, 9_000), ...asked, ...turn("trn_2", 60_000, 61_000)]);
  const span = trace.spans.find(({ id }) => id === "asked")!;
  assert.equal(span.human_ms, 6_000);
  assert.equal(span.critical, "human");
  assert.deepEqual(trace.critical, { work_ms: 3_000, human_ms: 6_000, idle_ms: 2_000 });
});

test("clocks that disagree count no moment twice: children that reach beyond what caused them are cut off", () => {
  const trace = fold([
    ...turn("trn_1", 1_000, 5_000),
    ...turn("trn_2", 4_000, 9_000),
    [500, "tool.started", { call_id: "early", name: "Bash", turn_id: "trn_1" }],
    [6_000, "tool.ended", { call_id: "early", outcome: "ok" }],
  ]);
  const { work_ms, human_ms, idle_ms } = trace.critical;
  assert.equal(work_ms + human_ms + idle_ms, 8_000);
});

/** How long at least one of them was there. */
function together(spans: Trace["spans"]): number {
  let sum = 0;
  let reached = -Infinity;
  const pairs = spans.map(({ start, end }) => [Date.parse(start), end === undefined ? NOW : Date.parse(end)] as const);
  for (const [from, to] of pairs.toSorted((a, b) => a[0] - b[0])) {
    sum += Math.max(0, to - Math.max(from, reached));
    reached = Math.max(reached, to);
  }
  return sum;
}

test("of any session every moment of its turns is on the path once: work, waiting for people and idle are together the time of its turns", () => {
  fc.assert(
    fc.property(randomSessionEvents(), (events) => {
      let session: Session | undefined;
      for (const event of events) if (ofSession(event)) session = foldSession(session, event);
      if (session === undefined) return;
      const trace = traceOf(session, NOW);
      const { work_ms, human_ms, idle_ms } = trace.critical;
      for (const part of [work_ms, human_ms, idle_ms]) assert.ok(part >= 0 && Number.isFinite(part));
      const tops = trace.spans.filter(({ depth }) => depth === 0);
      const turns = tops.filter(({ kind }) => kind === "turn");
      assert.equal(work_ms + human_ms + idle_ms, together(turns.length > 0 ? turns : tops));
      if (trace.start !== undefined) assert.ok(work_ms + human_ms <= Date.parse(trace.end!) - Date.parse(trace.start));
      const keys = trace.spans.map(({ kind, id }) => `${kind}:${id}`);
      assert.equal(new Set(keys).size, keys.length, "each piece stands once");
    }),
    { numRuns: 300 },
  );
});
