import assert from "node:assert/strict";
import { test } from "node:test";
import { operationsLike } from "./operations-like.ts";

test("operations are found by all words of their name or summary", () => {
  assert.equal(operationsLike("calls.list")[0]?.name, "calls.list");
  assert.deepEqual(operationsLike("nosuchword"), []);
  assert.deepEqual(operationsLike("  "), []);
});
