import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { StoredEvent } from "../contract/events/index.ts";
import { decodeSession, encodeSession } from "./encode.ts";
import { viewQueue } from "./queue.ts";
import { foldSession, type Session } from "./session.ts";
import { needsWhole, pictureKeep, trimSession } from "./trim.ts";

const START = Date.UTC(2026, 10, 20, 10);
const step = (seq: number, type: string, data: object): StoredEvent =>
  ({
    seq,
    id: `prompt:${seq}`,
    type,
    timestamp: new Date(START + seq * 1_000).toISOString(),
    source: "claude-code/transcript",
    session_id: "ses_1",
    agent_id: "agt_main",
    data,
  }) as unknown as StoredEvent;
const fold = (events: readonly StoredEvent[], from?: Session) =>
  events.reduce<Session | undefined>((session, event) => foldSession(session, event as never), from)!;
const waiting = (session: Session) => viewQueue(session).map(({ prompt }) => prompt);

test("prompts wait in the order of their writing until they are sent or taken back", () => {
  const told = [
    step(1, "prompt.queued", { prompt: "one" }),
    step(2, "prompt.queued", { prompt: "two" }),
    step(3, "prompt.queued", { prompt: "three" }),
    step(4, "prompt.taken", { how: "sent" }),
    step(5, "prompt.taken", { how: "removed", prompt: "three" }),
    step(6, "prompt.taken", { how: "removed", all: true }),
  ];
  assert.deepEqual(waiting(fold(told.slice(0, 3))), ["one", "two", "three"]);
  assert.deepEqual(waiting(fold(told.slice(0, 4))), ["two", "three"]);
  assert.deepEqual(waiting(fold(told.slice(0, 5))), ["two"]);
  assert.deepEqual(waiting(fold(told)), []);
  assert.deepEqual(waiting(fold([...told.slice(0, 3), step(9, "session.ended", { reason: "logout" })])), []);
});

const steps = fc
  .array(
    fc.oneof(
      fc.record({ type: fc.constant("prompt.queued"), data: fc.record({ prompt: fc.constantFrom("a", "b", "c") }) }),
      fc.record({
        type: fc.constant("prompt.taken"),
        data: fc.record(
          { how: fc.constantFrom("sent", "removed"), prompt: fc.constantFrom("a", "b"), all: fc.boolean() },
          { requiredKeys: ["how"] },
        ),
      }),
    ),
    { minLength: 1, maxLength: 25 },
  )
  .map((list) => list.map(({ type, data }, index) => step(index + 1, type, data)));

test("any order and any repetition gives the same prompts", () => {
  fc.assert(
    fc.property(
      steps.chain((told) => fc.tuple(fc.constant(told), fc.shuffledSubarray([...told, ...told], { minLength: told.length * 2 }))),
      ([told, shuffled]) => assert.deepEqual(viewQueue(fold(shuffled)), viewQueue(fold(told))),
    ),
  );
});

test("a session that was trimmed and stored on the way shows the same prompts", () => {
  fc.assert(
    fc.property(steps, fc.nat({ max: 25 }), (told, cut) => {
      const early = told.slice(0, Math.max(1, cut));
      const trimmed = decodeSession(encodeSession(trimSession(fold(early), pictureKeep)));
      const late = told.slice(early.length);
      assert.equal(
        late.some((event) => needsWhole(trimmed, event)),
        false,
      );
      assert.deepEqual(viewQueue(fold(late, trimmed)), viewQueue(fold(told)));
      assert.deepEqual(trimSession(trimmed, pictureKeep), trimmed);
    }),
  );
});

test("a step from before what was let go needs the whole session", () => {
  const trimmed = trimSession(fold([step(2, "prompt.queued", { prompt: "x" }), step(4, "prompt.taken", { how: "sent" })]), pictureKeep);
  assert.equal(needsWhole(trimmed, step(3, "prompt.queued", { prompt: "y" })), true);
  assert.equal(needsWhole(trimmed, step(5, "prompt.queued", { prompt: "y" })), false);
});
