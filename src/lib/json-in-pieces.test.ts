import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { systemClock } from "./clock.ts";
import { jsonInPieces } from "./json-in-pieces.ts";

test("it is what is written in one piece, whatever the value", async () => {
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: "medium" },
      fc.jsonValue(),
      fc.constantFrom(undefined, NaN, new Date(0), () => 1, Symbol("s"), Object.create(null)),
      fc.array(tie("tree"), { maxLength: 4 }),
      fc.dictionary(fc.string(), tie("tree"), { maxKeys: 4 }),
    ),
  }));
  const value = fc.oneof(fc.array(tree), fc.dictionary(fc.string(), tree));
  await fc.assert(fc.asyncProperty(value, async (each) => assert.equal(await jsonInPieces(each, systemClock), JSON.stringify(each))));
});

test("who waits is served between its pieces", async () => {
  let now = 0;
  const pauses: number[] = [];
  const clock = { now: () => now++, soon: (task: () => void) => (pauses.push(now), setImmediate(task)) };
  const rows = Array.from({ length: 100 }, (_, id) => ({ id }));
  assert.equal(await jsonInPieces({ rows }, clock), JSON.stringify({ rows }));
  assert.ok(pauses.length > 10, `${pauses.length} pauses`);
});
