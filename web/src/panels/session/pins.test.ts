import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePins } from "./pins.ts";

test("pins that were kept come back; whatever else lies there is left out", () => {
  const pin = { key: "msg_1", words: "Go" };
  assert.deepEqual(parsePins(JSON.stringify({ ses_1: [pin, 3, null, { key: "msg_2" }], ses_2: "no" })), { ses_1: [pin] });
  for (const text of [null, "", "{", "null", "7", "[]"]) assert.deepEqual(parsePins(text), {});
});
