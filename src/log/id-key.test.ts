import assert from "node:assert/strict";
import { test } from "node:test";
import { idKey } from "./id-key.ts";

test("ids of one session lie together, and every id has a print of its own", () => {
  const ids = Array.from({ length: 20_000 }, (_, index) => `tool:ses-${index % 40}:call_${index}:started@hook`);
  const keys = ids.map(idKey);
  assert.equal(new Set(keys.map(({ place }) => place)).size, 40);
  assert.equal(new Set(keys.map(({ print }) => print)).size, ids.length);
  assert.equal(idKey("message:ses-7:m:added@transcript").place, idKey(ids[7]!).place);
  assert.ok(keys.every(({ place, print }) => place >= 0 && place < 2 ** 31 && Number.isSafeInteger(print) && print < 2 ** 48));
});

test("an id without a session has a key too", () => {
  assert.deepEqual([idKey("evt_1").place, idKey("a:b").place, idKey("").place], [0, 0, 0]);
  assert.notEqual(idKey("evt_1").print, idKey("evt_2").print);
});
