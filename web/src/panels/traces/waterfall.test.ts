import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTracesSearch } from "../../app/search.ts";
import { asOf, barOf, windowOf } from "./waterfall.ts";

const at = (second: number): string => new Date(1_700_000_000_000 + second * 1_000).toISOString();
const ms = (second: number): number => Date.parse(at(second));

test("the window reaches from the first start to the last end, or to now while something runs", () => {
  const rows = [
    { started_at: at(10), ended_at: at(12) },
    { started_at: at(4), ended_at: at(20) },
  ];
  assert.deepEqual(windowOf(rows, ms(99)), { fromMs: ms(4), toMs: ms(20) });
  assert.deepEqual(windowOf([...rows, { started_at: at(15) }], ms(99)), { fromMs: ms(4), toMs: ms(99) });
  assert.equal(windowOf([{ ended_at: at(3) }], ms(99)), undefined);
});

test("a bar lies where its call ran, and never outside the window", () => {
  const window = { fromMs: ms(0), toMs: ms(100) };
  assert.deepEqual(barOf({ started_at: at(25), ended_at: at(75) }, window, ms(100)), { left: 0.25, width: 0.5 });
  assert.deepEqual(barOf({ started_at: at(50) }, window, ms(400)), { left: 0.5, width: 0.5 });
  assert.deepEqual(barOf({ started_at: at(50), ended_at: at(40) }, window, ms(100)), { left: 0.5, width: 0 });
  assert.equal(barOf({ ended_at: at(40) }, window, ms(100)), undefined);
});

test("at a past moment what ended later still runs, and what began later is not there", () => {
  const row = { started_at: at(10), ended_at: at(30), outcome: "error", duration_ms: 20_000, state: "ended" };
  assert.equal(asOf(row, ms(30)), row);
  assert.equal(asOf(row, ms(9)), undefined);
  assert.deepEqual(asOf(row, ms(20)), { ...row, ended_at: undefined, outcome: undefined, duration_ms: undefined, state: "running" });
});

test("an address carries only filters that mean something", () => {
  const search = { q: "npm", session: "ses_1", tool: "Bash", outcome: "failed", min: 250, order: "longest" };
  assert.deepEqual(parseTracesSearch(search), search);
  assert.deepEqual(parseTracesSearch({ q: 42, outcome: "splendid", min: -1, order: "down", tool: "" }), { q: "42" });
  assert.deepEqual(parseTracesSearch({ q: "x".repeat(201), min: "many" }), {});
});
