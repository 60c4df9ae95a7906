import assert from "node:assert/strict";
import { test } from "node:test";
import { OrreryError } from "../contract/errors.ts";
import { eventTypes } from "../contract/events/index.ts";
import { ownFamilies } from "../contract/events/own.ts";
import { systemClock } from "../lib/clock.ts";
import { createMemoryLog } from "../log/index.ts";
import { createEventIntake } from "./events.ts";

const caller = { door: "internal", actor: "test" } as const;

function open() {
  const log = createMemoryLog({ clock: systemClock });
  return { log, intake: createEventIntake({ append: log.append, clock: systemClock, isHeld: (id) => id === "ask_held" }) };
}

const event = { id: "x:1", type: "x.test.ran", timestamp: "2026-11-20T10:00:00.000Z", source: "test", data: { ok: true } };

test("each item gets its own outcome, in its own place", async () => {
  const { log, intake } = open();
  const reply = await intake(
    { events: [event, { type: "nonsense" }, event, { $unparsable: "item 3 is not JSON" }, "text", { ...event, id: "x:2" }] },
    caller,
  );
  assert.deepEqual(
    reply.items.map(({ index, outcome, error }) => [index, outcome, error?.code]),
    [
      [0, "stored", undefined],
      [1, "rejected", "BAD_INPUT"],
      [2, "duplicate", undefined],
      [3, "rejected", "BAD_JSON"],
      [4, "rejected", "BAD_INPUT"],
      [5, "stored", undefined],
    ],
  );
  assert.deepEqual([reply.stored, reply.duplicates, reply.rejected], [2, 1, 3]);
  assert.equal(log.head(), 2);
});

test("of the envelope only the type is required", async () => {
  const { log, intake } = open();
  const before = Date.now();
  await intake({ events: [{ type: "x.test.ran" }] }, caller);
  const [stored] = log.read({ limit: 1 });
  assert.match(stored!.id, /^evt_/);
  assert.equal(stored!.source, "api");
  assert.ok(Date.parse(stored!.timestamp) >= before);
});

test("times far from this clock are taken as they are", async () => {
  const { log, intake } = open();
  await intake(
    {
      events: [
        { ...event, timestamp: "2019-01-01T00:00:00.000Z" },
        { ...event, id: "x:2", timestamp: "2099-01-01T00:00:00.000Z" },
      ],
    },
    caller,
  );
  assert.deepEqual(
    log.read({ limit: 9 }).map(({ timestamp }) => timestamp),
    ["2019-01-01T00:00:00.000Z", "2099-01-01T00:00:00.000Z"],
  );
});

test("a rejected item names its bad fields", async () => {
  const { intake } = open();
  const { items } = await intake({ events: [{ ...event, type: "tool.started", data: { call_id: 7, name: "Bash" } }] }, caller);
  assert.deepEqual(
    (items[0]!.error!.details as { problems: { field: string }[] }).problems.map(({ field }) => field),
    ["data.call_id"],
  );
});

test("a full log is the caller's error and stores nothing", async () => {
  const append = () => Promise.reject(new OrreryError("LOG_BUSY"));
  await assert.rejects(async () => createEventIntake({ append, clock: systemClock, isHeld: () => false })({ events: [event] }, caller), {
    code: "LOG_BUSY",
  });
});

test("an event that the log cannot write does not keep the others out", async () => {
  const { log, intake } = open();
  const deep = JSON.parse("[".repeat(50_000) + "]".repeat(50_000)) as unknown;
  const { items } = await intake({ events: [event, { ...event, id: "x:deep", data: { deep } }, { ...event, id: "x:2" }] }, caller);
  assert.deepEqual(
    items.map(({ outcome }) => outcome),
    ["stored", "rejected", "stored"],
  );
  assert.equal(log.head(), 2);
});

test("what only the daemon may say is refused, whoever sends it, and says why", async () => {
  const { log, intake } = open();
  const answered = { type: "ask.answered", data: { ask_id: "ask_held", outcome: "allowed", by: "user" } };
  const told = { token_id: "tok_1", name: "mine", scope: "admin", by: "local" };
  const { items } = await intake(
    {
      events: [
        { type: "token.created", data: told },
        answered,
        { ...answered, data: { ...answered.data, ask_id: "ask_of_an_agent" } },
        { type: "ask.opened", data: { ask_id: "ask_new", kind: "permission", is_held: true } },
        { ...event, source: "orrery/asks" },
        { ...event, source: "orrery" },
        { ...event, id: "from a machine that forwards", source: "orrery/forward" },
        { ...event, id: "orreryish", source: "orreryish" },
        { ...event, id: "ask:ask_held:decided@orrery" },
        { ...event, id: "budget:bud_1:2026-11-21:2026-11-21:1:exceeded" },
      ],
    },
    caller,
  );
  assert.deepEqual(
    items.map(({ outcome, error }) => (error === undefined ? outcome : `${error.code} ${(error.details as { field: string }).field}`)),
    [
      "EVENT_RESERVED type",
      "EVENT_RESERVED data.ask_id",
      "stored",
      "EVENT_RESERVED data.is_held",
      "EVENT_RESERVED source",
      "EVENT_RESERVED source",
      "stored",
      "stored",
      "EVENT_RESERVED id",
      "EVENT_RESERVED id",
    ],
  );
  assert.equal(log.head(), 3);
});

test("of each family of events it is decided whether only the daemon writes it", () => {
  const anybodys = new Set("session agent turn ask message prompt tool model cost limit context skill todo source system".split(" "));
  for (const { type } of eventTypes) {
    const [family = ""] = type.split(".");
    assert.notEqual(ownFamilies.has(family), anybodys.has(family), `${type}: put its family in own.ts, or here when programs may send it`);
  }
});
