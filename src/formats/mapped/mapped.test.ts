import assert from "node:assert/strict";
import { test } from "node:test";
import { drafts, fold, viewCalls } from "../../testing/truth-clients.ts";
import { assertHarmless, assertOrderless } from "../../testing/truth-order.ts";
import { translateMapped } from "./mapped.ts";
import { readMapping, type Mapping } from "./mapping.ts";

const file = {
  app: "my-agent",
  way: "transcript",
  session: "${run.id}",
  agent: "${worker}",
  time: "${ts}",
  type: "${kind}",
  events: {
    start: [{ event: "session.started", key: "start", data: { app: "my-agent", cwd: "${run.folder}" } }],
    ask: [
      { event: "turn.started", key: "${n}", data: { turn_id: "${run.id}-${n}", prompt: "${text}", origin: "human" } },
      { event: "message.added", key: "${n}", data: { message_id: "${n}", role: "user", parts: [{ kind: "text", text: "${text}" }] } },
    ],
    hire: [
      { event: "agent.spawned", key: "${who}", agent: "${who}", data: { parent_agent_id: "${worker}", name: "${who}", edge: "reported" } },
    ],
    tool: [
      { event: "tool.started", key: "${call}", data: { call_id: "${call}", name: "${tool}", input: "${args}" } },
      { event: "tool.ended", key: "${call}", when: { "${ok}": true }, data: { call_id: "${call}", outcome: "ok", latency_ms: "${ms}" } },
      {
        event: "tool.ended",
        key: "${call}",
        when: { "${ok}": false },
        data: { call_id: "${call}", outcome: "error", error: "code ${code}" },
      },
    ],
    score: [{ event: "x.my-agent.scored", data: { points: "${points}" } }],
  },
};
const run = { id: "r1", folder: "/home/dev/shop" };
const lines = [
  { kind: "start", ts: 1_795_169_703, run },
  { kind: "ask", ts: 1_795_169_704_000, run, n: 1, text: "Fix the cart" },
  { kind: "hire", ts: "2026-11-20T10:15:05Z", run, worker: "main", who: "tester" },
  { kind: "tool", ts: 1_795_169_706, run, worker: "tester", call: "c1", tool: "shell", args: { command: "npm test" }, ok: true, ms: 12 },
  { kind: "tool", ts: 1_795_169_707, run, call: "c2", tool: "shell", args: {}, ok: false, code: 3 },
  { kind: "score", ts: 1_795_169_708, run, points: 7 },
  { kind: "weather", ts: 1_795_169_709, run },
];

function mapping(changes: object = {}): Mapping {
  const read = readMapping({ ...file, ...changes });
  assert.ok(read.ok, JSON.stringify(read));
  return read.mapping;
}

test("a mapping file turns a program's own lines into sessions, agents, turns and calls", () => {
  const events = drafts(lines.map((line) => translateMapped(line, mapping())));
  const session = [...fold(events).values()][0]!;
  assert.equal(session.session_id, "ses_r1");
  assert.equal(session.facts.cwd, "/home/dev/shop");
  assert.deepEqual([...session.agents.keys()].toSorted(), ["agt_main", "agt_tester"]);
  assert.deepEqual(
    viewCalls(session).map((call) => [call.call_id, call.agent_id, call.outcome, call.duration_ms, call.error]),
    [
      ["call_c1", "agt_tester", "ok", 12, undefined],
      ["call_c2", "agt_main", "error", 0, "code 3"],
    ],
  );
  assert.equal(session.turns.size, 1);
  assert.deepEqual(
    events.flatMap((event) => (event.type.startsWith("x.") ? [event.data] : [])),
    [{ points: 7 }],
  );
  assert.equal(events.at(-1)?.type, "source.kept");
  assertOrderless(events);
});

test("other types can be dropped", () => {
  assert.deepEqual(translateMapped(lines.at(-1), mapping({ others: "drop" })), { events: [] });
});

test("an event that is not valid is left out, and said", () => {
  const read = translateMapped({ ...lines[3], ms: "long" }, mapping());
  assert.deepEqual(
    read.events.map((event) => event.type),
    ["tool.started"],
  );
  assert.match(read.problem!, /tool gives no tool\.ended: data\.latency_ms/);
});

test("a mapping that is wrong is refused with the fields that are", () => {
  const read = readMapping({ ...file, session: 7, events: { a: [{ event: "tool.begun", data: {} }] }, colour: "red" });
  assert.ok(!read.ok);
  for (const field of ["session", "events.a.0.event", "mapping"])
    assert.ok(
      read.problems.some((text) => text.startsWith(field)),
      field,
    );
});

test("a template reaches own fields only", () => {
  const proto = readMapping({ ...file, session: "${constructor.name}" });
  assert.ok(proto.ok);
  assert.ok(translateMapped(lines[0], proto.mapping).problem?.startsWith("no session"));
});

test("junk is refused or kept, never thrown", () => {
  assertHarmless(lines, () => (record) => translateMapped(record, mapping()));
});
