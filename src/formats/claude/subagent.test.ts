import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseEvent } from "../../contract/events/index.ts";
import { translateAgentMeta } from "./subagent.ts";

const file = { sessionId: "c027fbe8", agentId: "aafd7fef54f62f183", timestamp: "2026-11-20T10:21:30.000Z" };
const meta = {
  agentType: "Explore",
  description: "Inner helper B",
  toolUseId: "toolu_1",
  parentAgentId: "a24fb191188fea0f4",
  spawnDepth: 2,
  requestShape: "foreground",
  model: "claude-opus-5-5",
};

test("the meta file names parent, call and depth from the beginning", () => {
  const { events } = translateAgentMeta(meta, file);
  assert.deepEqual(
    events.map((event) => [event.type, event.agent_id]),
    [["agent.spawned", "agt_aafd7fef54f62f183"]],
  );
  assert.deepEqual(events[0]?.data, {
    parent_agent_id: "agt_a24fb191188fea0f4",
    call_id: "call_toolu_1",
    name: "Inner helper B",
    agent_type: "Explore",
    model: "claude-opus-5-5",
    depth: 2,
    background: false,
    edge: "reported",
  });
});

test("without a parent the main agent is it", () => {
  const { parentAgentId: _, ...top } = meta;
  const [spawned] = translateAgentMeta(top, file).events;
  assert.equal(spawned?.type === "agent.spawned" && spawned.data.parent_agent_id, "agt_main");
});

test("a finished agent has ended", () => {
  assert.deepEqual(
    translateAgentMeta({ ...meta, finished: true }, file).events.map((event) => event.type),
    ["agent.spawned", "agent.ended"],
  );
});

test("any meta file gives valid events or a problem", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.jsonValue(),
        fc.record({
          agentType: fc.jsonValue(),
          parentAgentId: fc.string(),
          toolUseId: fc.string(),
          spawnDepth: fc.double(),
          finished: fc.boolean(),
        }),
      ),
      (junk) => {
        for (const event of translateAgentMeta(junk, file).events) assert.equal(parseEvent(event).ok, true);
      },
    ),
  );
});
