import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredEvent } from "../contract/events/index.ts";
import { MAIN_AGENT } from "../contract/ids.ts";
import { foldSession, type Session } from "./session.ts";
import { viewAgents, viewSession } from "./views.ts";

const START = Date.UTC(2026, 10, 20, 10);
type Told = readonly [second: number, type: string, data: object, agent?: string, source?: string];

function fold(told: readonly Told[]): Session {
  let session: Session | undefined;
  for (const [index, [second, type, data, agent = MAIN_AGENT, source = "claude-code/hook"]] of told.entries())
    session = foldSession(session, {
      seq: index + 1,
      id: `e${index}`,
      type,
      timestamp: new Date(START + second * 1_000).toISOString(),
      source,
      session_id: "ses_a",
      agent_id: agent,
      data,
    } as unknown as StoredEvent & { session_id: never });
  return session!;
}

const at = (second: number) => START + second * 1_000;
const statusOf = (session: Session, agent: string, second: number) =>
  viewAgents(session, at(second)).find(({ agent_id }) => agent_id === agent)?.status;

test("a session of which only the start was seen is idle: nobody has asked it for anything", () => {
  const session = fold([[0, "session.started", { app: "claude-code", origin: "startup" }]]);
  assert.equal(viewSession(session, at(1)).status, "idle");
  assert.equal(viewSession(session, at(600)).status, "idle");
});

test("a main agent whose sub-agent works is working, however long it says nothing itself", () => {
  const told: Told[] = [
    [0, "turn.started", { turn_id: "trn_1", prompt: "go" }],
    [1, "tool.started", { call_id: "call_1", name: "Agent", kind: "agent" }],
    [2, "agent.spawned", { parent_agent_id: MAIN_AGENT, call_id: "call_1", edge: "reported" }, "agt_child"],
    [3, "tool.started", { call_id: "call_2", name: "Bash" }, "agt_child"],
  ];
  for (let second = 60; second <= 600; second += 60)
    told.push([second, "tool.ended", { call_id: `call_${second}`, name: "Bash", outcome: "ok" }, "agt_child"]);
  const session = fold(told);
  assert.equal(statusOf(session, MAIN_AGENT, 610), "working");
  assert.equal(statusOf(session, "agt_child", 610), "working");
  // When it falls silent it is the sub-agent that has stalled; the main agent waits for it.
  assert.deepEqual([statusOf(session, "agt_child", 1_010), statusOf(session, MAIN_AGENT, 1_010)], ["stalled", "working"]);
});

test("of two outcomes told of an agent by one source, the later counts, whatever their words are", () => {
  for (const [first, second] of [
    ["killed", "completed"],
    ["completed", "failed"],
    ["failed", "completed"],
  ] as const) {
    const told: Told[] = [
      [0, "agent.spawned", { edge: "reported" }, "agt_child"],
      [5, "agent.ended", { outcome: first }, "agt_child"],
      [9, "agent.ended", { outcome: second }, "agt_child"],
    ];
    for (const order of [told, told.toReversed()])
      assert.equal(viewAgents(fold(order), at(20)).find(({ agent_id }) => agent_id === "agt_child")?.outcome, second);
  }
});

test("an open ask makes its agent and its session wait; its answer lets them go on", () => {
  const asked: Told[] = [
    [0, "turn.started", { turn_id: "trn_1", prompt: "go" }],
    [1, "tool.started", { call_id: "call_1", name: "Bash", input: { command: "npm publish" } }],
    [2, "ask.opened", { ask_id: "ask_1", kind: "permission", tool: "Bash", input: { command: "npm publish" } }],
  ];
  const waiting = fold(asked);
  assert.deepEqual(
    [statusOf(waiting, MAIN_AGENT, 600), viewSession(waiting, at(600)).status, viewSession(waiting, at(600)).asks_open],
    ["waiting", "waiting", 1],
  );
  const answered = fold([...asked, [30, "ask.answered", { ask_id: "ask_1", outcome: "allowed", by: "user" }]]);
  assert.deepEqual([statusOf(answered, MAIN_AGENT, 31), viewSession(answered, at(31)).asks_open], ["working", 0]);
});
