import assert from "node:assert/strict";
import { test } from "node:test";
import { daysBetween, firstOf } from "./days.ts";

test("days run on over the end of a month, without a gap", () => {
  assert.deepEqual(daysBetween("2026-02-27", "2026-03-02"), ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"]);
  assert.deepEqual(daysBetween("2026-03-02", "2026-03-01"), []);
  assert.equal(firstOf(7, "2026-03-02"), "2026-02-24");
  assert.equal(firstOf(1, "2026-03-02"), "2026-03-02");
});
