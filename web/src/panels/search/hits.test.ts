import assert from "node:assert/strict";
import { test } from "node:test";
import { markedParts, placeOf } from "./hits.ts";

test("marks cut a text into parts that together are the text, whatever they say", () => {
  assert.deepEqual(markedParts("a bee sea", [[2, 5]]), [
    { words: "a ", isMark: false },
    { words: "bee", isMark: true },
    { words: " sea", isMark: false },
  ]);
  for (const marks of [
    [[5, 2]],
    [[0, 99]],
    [
      [1, 4],
      [2, 6],
    ],
    [],
    [
      [3, 4],
      [0, 1],
    ],
  ] as [number, number][][])
    assert.equal(
      markedParts("abcdefgh", marks)
        .map(({ words }) => words)
        .join(""),
      "abcdefgh",
    );
});

test("a hit leads to its place: a call by its id, a message by its moment, a file to the calls that touched it", () => {
  const hit = { session_id: "ses_1", title: "", at: "2026-11-21T10:00:00.000Z", seq: 1, snippet: "", marks: [] };
  assert.deepEqual(placeOf({ ...hit, kind: "error", id: "call_1" }).search, { call: "call_1" });
  assert.deepEqual(placeOf({ ...hit, kind: "message", id: "agt_main user 1" }).search, { near: hit.at });
  assert.deepEqual(placeOf({ ...hit, kind: "file", id: "/a/b.ts" }).search, { session: "ses_1", table: true, q: '"/a/b.ts"' });
});
