import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cost } from "../../../src/contract/operations/money.ts";
import { cacheText, costText, costTitle } from "./money-text.ts";

const cost = (some: Partial<Cost>): Cost => ({ source: "computed", requests: 4, reported_requests: 0, unknown_requests: 0, ...some });

test("a sum that leaves requests out says at least, and what nobody knows is no zero", () => {
  const shown = [
    cost({ usd_micros: 31_207 }),
    cost({ usd_micros: 31_207, unknown_requests: 1 }),
    cost({ usd_micros: 31_207, unknown_requests: 1, source: "reported" }),
    cost({ source: "unknown", unknown_requests: 4 }),
    undefined,
  ].map(costText);
  assert.deepEqual(shown, ["$0.0312", "≥ $0.0312", "$0.0312", "?", "?"]);
  assert.deepEqual(
    [cacheText({ read: 0, write: 0, uncached: 0 }), cacheText({ hit_rate: 0, read: 0, write: 9, uncached: 0 })],
    ["?", "0 %"],
  );
});

test("pointed at, a figure says whose it is and what it leaves out", () => {
  const title = costTitle(
    cost({
      usd_micros: 40_000,
      source: "reported",
      computed_usd_micros: 31_207,
      unknown_requests: 1,
      unknown_models: ["m-1"],
      price_version: "v1",
    }),
  );
  assert.equal(
    title,
    "$0.040000, reported\ncomputed from tokens and list prices: $0.031207\nprice table v1\n1 of 4 requests have no known price (m-1)",
  );
});
