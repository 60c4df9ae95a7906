import assert from "node:assert/strict";
import { test } from "node:test";
import { pageOf } from "./cursor.ts";

const key = (row: string) => [row];
const rows = ["a", "b", "c", "d", "e", "f", "g"];

test("pages follow one another, also when rows come in front", () => {
  const first = pageOf(rows, { limit: 3, key });
  assert.deepEqual(first.items, ["a", "b", "c"]);
  const second = pageOf(["x", ...rows], { limit: 3, cursor: first.next_cursor, key });
  assert.deepEqual(second.items, ["d", "e", "f"]);
  const third = pageOf(["x", ...rows], { limit: 3, cursor: second.next_cursor, key });
  assert.deepEqual(third, { items: ["g"] });
});

test("where the row of a cursor is gone, the list goes on from its place and does not begin again", () => {
  const first = pageOf(rows, { limit: 3, key });
  const left = rows.filter((row) => row !== "c");
  assert.deepEqual(pageOf(left, { limit: 3, cursor: first.next_cursor, key }).items, ["d", "e", "f"]);
  assert.deepEqual(pageOf(["a"], { limit: 3, cursor: first.next_cursor, key }), { items: [] });
});
