import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { StoredEvent } from "../contract/events/index.ts";
import { randomSessionEvents } from "../testing/random-session.ts";
import type { Call } from "./calls.ts";
import { foldSession, type Session } from "./session.ts";
import { ofSession } from "./state.ts";
import { sumTools, toolsByAgent } from "./tool-counts.ts";
import { viewAgents, viewSession } from "./views.ts";

function foldAll(events: readonly StoredEvent[]): Session | undefined {
  return events.filter(ofSession).reduce<Session | undefined>((session, event) => foldSession(session, event), undefined);
}

let seq = 0;
function event(type: string, data: object, more: object = {}): StoredEvent {
  seq++;
  return {
    seq,
    id: `e${seq}`,
    type,
    timestamp: "2026-11-20T10:00:00.000Z",
    source: "claude-code/hook",
    session_id: "ses_1",
    agent_id: "agt_main",
    data,
    ...more,
  } as unknown as StoredEvent;
}

const counts = (session: Session | undefined, agent = "agt_main") =>
  (toolsByAgent(session!).get(agent as never) ?? []).map(({ tool, total, ok, error, running }) => [tool, total, ok, error, running]);

test("the tools of all agents together are the calls that are there, told one by one", () => {
  fc.assert(
    fc.property(randomSessionEvents({ maxLength: 120 }), (events) => {
      const session = foldAll(events);
      if (session === undefined) return;
      for (const [agent, tools] of toolsByAgent(session))
        for (const { tool, total, ok, error, denied, running } of tools) {
          const own: Call[] = [...session.calls.map.values()].filter((call) => call.agent_id === agent && call.name === tool);
          const ended = (outcome: string | undefined) => own.filter((call) => call.outcome === outcome).length;
          assert.deepEqual(
            [total, ok, error, denied, running],
            [own.length, ended("ok"), ended("error"), ended("denied"), ended(undefined)],
          );
        }
      const sum = sumTools(toolsByAgent(session).values()).reduce((all, { total }) => all + total, 0);
      assert.equal(sum, session.calls.map.size);
      assert.equal(sum, viewSession(session, 0).calls_total);
    }),
    { numRuns: 300 },
  );
});

test("a call whose tool is told late, or better by another source, moves and is never counted twice", () => {
  const ended = event("tool.ended", { call_id: "call_1", outcome: "ok" });
  const asBash = event("tool.started", { call_id: "call_1", name: "bash" });
  const asTranscript = event("tool.started", { call_id: "call_1", name: "Bash" }, { source: "claude-code/transcript" });
  assert.deepEqual(counts(foldAll([ended])), [[undefined, 1, 1, 0, 0]]);
  assert.deepEqual(counts(foldAll([ended, asBash])), [["bash", 1, 1, 0, 0]]);
  for (const order of [
    [ended, asBash, asTranscript],
    [asTranscript, ended, asBash, asBash],
  ])
    assert.deepEqual(counts(foldAll(order)), [["Bash", 1, 1, 0, 0]]);
});

test("a tool may bear any name", () => {
  const named = (name: string, id: string) => event("tool.started", { call_id: `call_${id}`, name });
  const session = foldAll([named("__proto__", "1"), named("constructor", "2"), named("constructor", "3")]);
  assert.deepEqual(counts(session), [
    ["constructor", 2, 0, 0, 2],
    ["__proto__", 1, 0, 0, 1],
  ]);
});

test("an agent shows its own tools, the most called first", () => {
  const call = (id: string, name: string, agent_id: string) => event("tool.started", { call_id: `call_${id}`, name }, { agent_id });
  const session = foldAll([
    event("agent.spawned", { edge: "reported" }, { agent_id: "agt_a" }),
    call("1", "Read", "agt_main"),
    call("2", "Bash", "agt_main"),
    call("3", "Bash", "agt_main"),
    call("4", "Grep", "agt_a"),
  ])!;
  assert.deepEqual(
    viewAgents(session, 0).map(({ agent_id, tools }) => [agent_id, tools.map(({ tool, total }) => `${tool} ×${total}`)]),
    [
      ["agt_main", ["Bash ×2", "Read ×1"]],
      ["agt_a", ["Grep ×1"]],
    ],
  );
});
