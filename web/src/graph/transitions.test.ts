import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredEvent } from "../../../src/contract/events/index.ts";
import { emptyState, foldState, type State } from "../../../src/projections/state.ts";
import { pictureKeep, trimSession } from "../../../src/projections/trim.ts";
import { transitions } from "./transitions.ts";

let seq = 0;
const at = (seconds: number) => new Date(Date.UTC(2026, 10, 20, 9, 0, 0) + seconds * 1_000).toISOString();
function event(type: string, seconds: number, data: object, agent_id = "agt_main"): StoredEvent {
  return {
    seq: ++seq,
    id: `e${seq}`,
    type,
    timestamp: at(seconds),
    source: "claude-code/hook",
    session_id: "ses_1",
    agent_id,
    data,
  } as unknown as StoredEvent;
}
const started = (call: string, seconds: number, agent?: string) =>
  event("tool.started", seconds, { call_id: `call_${call}`, name: "Bash" }, agent);
const ended = (call: string, seconds: number, outcome = "ok", agent?: string) =>
  event("tool.ended", seconds, { call_id: `call_${call}`, outcome }, agent);

function play(batches: readonly (readonly StoredEvent[])[], from: State = emptyState) {
  const seen: string[] = [];
  let state = from;
  for (const events of batches) {
    const next = events.reduce(foldState, state);
    for (const found of transitions(state, next, events))
      seen.push(
        [found.kind, found.node, "call_id" in found ? found.call_id : "", "outcome" in found ? found.outcome : ""].join(" ").trim(),
      );
    state = next;
  }
  return { seen, state };
}

test("a call pulses exactly once, in one batch or many, told once or thrice", () => {
  const events = [
    started("a", 0),
    ended("a", 1),
    started("b", 2, "agt_x"),
    { ...started("a", 0), source: "claude-code/transcript" },
    ended("b", 3, "ok", "agt_x"),
    ended("b", 3, "ok", "agt_x"),
  ];
  for (const batches of [[events], events.map((one) => [one])]) {
    const calls = play(batches as StoredEvent[][]).seen.filter((text) => text.startsWith("call "));
    assert.deepEqual(calls, ["call ses_1 agt_main call_a", "call ses_1 agt_x call_b"]);
  }
});

test("a call that ended badly lets its moon fall, once", () => {
  const { seen } = play([[started("a", 0)], [ended("a", 1, "error")], [ended("a", 1, "error")]]);
  assert.deepEqual(
    seen.filter((text) => text.startsWith("bad")),
    ["bad-end ses_1 agt_main call_a error"],
  );
});

test("an agent appears once and ends once; taken up again it may end again", () => {
  const spawn = event("agent.spawned", 0, { parent_agent_id: "agt_main" }, "agt_x");
  const end = event("agent.ended", 1, { outcome: "completed" }, "agt_x");
  const { seen } = play([
    [spawn],
    [spawn],
    [end],
    [end],
    [started("c", 2, "agt_x")],
    [event("agent.ended", 3, { outcome: "failed" }, "agt_x")],
  ]);
  assert.deepEqual(
    seen.filter((text) => !text.startsWith("call")),
    ["spawn ses_1 agt_x", "end ses_1 agt_x  completed", "end ses_1 agt_x  failed"],
  );
});

test("history that is read in late does not pulse", () => {
  const { state } = play([[started("now", 600)]]);
  const { seen } = play([[started("old", 10), ended("old", 11)]], state);
  assert.deepEqual(seen, []);
});

test("a call that a trimmed session has let go does not pulse again", () => {
  const events = Array.from({ length: 60 }, (_, i) => [started(`c${i}`, i / 10), ended(`c${i}`, i / 10 + 0.05)]).flat();
  const { state } = play([events]);
  const session = [...state.sessions.values()][0]!;
  const trimmed: State = { ...state, sessions: state.sessions.set(session.session_id, trimSession(session, pictureKeep)) };
  const again = events.slice(0, 2);
  assert.deepEqual(transitions(trimmed, state, again), []);
});
