import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTracesSearch } from "../../app/search.ts";
import type { TraceSpan } from "../../../../src/contract/operations/catalog.ts";
import { asOf } from "./as-of.ts";
import { groupRows, treeRows, type TraceRow } from "./rows.ts";
import { fromLocal, rangeOf, toLocal, viewOf } from "./range.ts";
import { createScale, pan, ticks, zoom } from "./scale.ts";

const at = (second: number): string => new Date(1_700_000_000_000 + second * 1_000).toISOString();
const ms = (second: number): number => Date.parse(at(second));

test("at a past moment what ended later still runs, and what began later is not there", () => {
  const row = { started_at: at(10), ended_at: at(30), outcome: "error", duration_ms: 20_000, state: "ended" as const };
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

const span = (kind: TraceSpan["kind"], id: string, depth: number, from: number, to: number, more: Partial<TraceSpan> = {}): TraceSpan => ({
  kind,
  id,
  session_id: "ses_1",
  agent_id: "agt_main",
  depth,
  name: id,
  start: at(from),
  end: at(to),
  ...more,
});
const tree = [
  span("turn", "one", 0, 0, 10),
  span("call", "a", 1, 1, 2, { name: "Bash npm test", outcome: "error" }),
  span("agent", "sub", 1, 2, 9),
  span("call", "b", 2, 3, 4, { name: "Read b.ts", outcome: "ok", agent_id: "sub" }),
  span("turn", "two", 0, 20, 30),
  span("call", "c", 1, 21, 29, { name: "Bash ls", outcome: "ok" }),
];
const keys = (rows: readonly TraceRow[]): (string | undefined)[] => rows.map((row) => row?.key);

test("a folded line hides what is below it, at any depth; what has not arrived keeps its place", () => {
  const everything = { nowMs: ms(100) };
  assert.deepEqual(keys(treeRows(tree, new Set(["turn:one"]), everything)), ["turn:one", "turn:two", "call:c"]);
  assert.deepEqual(keys(treeRows([...tree.slice(0, 2), undefined], new Set(), everything)), ["turn:one", "call:a", undefined]);
  assert.deepEqual(
    treeRows(tree, new Set(), everything).map((row) => row?.below),
    [3, 0, 1, 0, 1, 0],
  );
});

test("a filter keeps what matches and the way to it; a past moment knows nothing that began later", () => {
  assert.deepEqual(keys(treeRows(tree, new Set(), { nowMs: ms(100), tool: "Read" })), ["turn:one", "agent:sub", "call:b"]);
  assert.deepEqual(keys(treeRows(tree, new Set(), { nowMs: ms(100), outcome: "failed" })), ["turn:one", "call:a"]);
  assert.deepEqual(keys(treeRows(tree, new Set(), { nowMs: ms(100), q: "bash -npm" })), ["turn:two", "call:c"]);
  assert.deepEqual(keys(treeRows(tree, new Set(), { nowMs: ms(2) })), ["turn:one", "call:a", "agent:sub"]);
});

test("grouped by tool or agent, the longest together stands first, with its calls under it", () => {
  const rows = groupRows(tree, "tool", new Set(["tool:Read"]), { nowMs: ms(100) });
  assert.deepEqual(keys(rows), ["tool:Bash", "call:a", "call:c", "tool:Read"]);
  assert.deepEqual(rows[0]?.kind === "group" && [rows[0].calls, rows[0].failed, rows[0].totalMs], [2, 1, 9_000]);
  assert.deepEqual(keys(groupRows(tree, "agent", new Set(["agent:agt_main", "agent:sub"]), { nowMs: ms(100) })), [
    "agent:agt_main",
    "agent:sub",
  ]);
});

test("the axis shortens time in which nothing ran, and finds every moment again", () => {
  const busy = [[0, 10_000] as const, [100_000, 110_000] as const];
  const scale = createScale(busy, 0, 110_000);
  assert.equal(scale.breaks.length, 1);
  assert.equal(scale.breaks[0]!.skippedMs, 90_000);
  assert.equal(scale.length, 20_300);
  for (const moment of [0, 9_999, 10_000, 55_000, 100_000, 110_000]) assert.ok(Math.abs(scale.moment(scale.place(moment)) - moment) < 1e-6);
  assert.equal(createScale(busy, 0, 110_000, true).length, 110_000);
  assert.deepEqual(createScale([[0, 500]], 0, 500).breaks, []);
});

test("zooming keeps the point under the pointer, and never leaves the axis", () => {
  const near = zoom({ from: 0, to: 1_000 }, 0.5, 0.25, 1_000);
  assert.deepEqual(near, { from: 125, to: 625 });
  assert.deepEqual(zoom(near, 100, 0.5, 1_000), { from: 0, to: 1_000 });
  assert.deepEqual(pan({ from: 0, to: 100 }, -3, 1_000), { from: 0, to: 100 });
  assert.deepEqual(pan({ from: 0, to: 100 }, 50, 1_000), { from: 900, to: 1_000 });
});

test("ticks are round times in order, none of them in a break", () => {
  const scale = createScale(
    [
      [5, 10_000],
      [1_000_000, 1_010_000],
    ],
    5,
    1_010_000,
  );
  const found = ticks(scale, { from: 0, to: scale.length }, 5, 0.1);
  assert.ok(found.length >= 4 && found.length <= 12, String(found.length));
  assert.deepEqual(
    found.map(({ ms: time }) => time),
    found.map(({ ms: time }) => time).toSorted((a, b) => a - b),
  );
  assert.ok(found.every(({ ms: time }) => time <= 10_000 || time >= 999_000));
});

test("a stretch of the axis is a range of time and back, whichever way it was drawn, and a click is none", () => {
  const scale = createScale(
    [
      [0, 4_000],
      [100_000, 104_000],
    ],
    0,
    104_000,
  );
  const view = { from: 0, to: scale.length };
  const range = rangeOf(scale, view, 0.75, 0.25)!;
  assert.deepEqual(range, rangeOf(scale, view, 0.25, 0.75));
  assert.ok(Date.parse(range.since) < 4_000 && Date.parse(range.until) > 100_000, "it spans the break");
  const back = viewOf(scale, range.since, range.until)!;
  assert.ok(Math.abs(back.from - scale.length * 0.25) <= 1 && Math.abs(back.to - scale.length * 0.75) <= 1);
  assert.equal(rangeOf(scale, view, 0.5, 0.501), undefined);
  assert.deepEqual(rangeOf(scale, view, -3, 9), { since: new Date(0).toISOString(), until: new Date(104_000).toISOString() });
  assert.equal(viewOf(scale, undefined, undefined), undefined);
  assert.equal(viewOf(scale, new Date(200_000).toISOString(), undefined), undefined, "after the end there is nothing to see");
});

test("a moment goes into the box of a date and out of it unchanged", () => {
  for (const moment of ["2026-11-21T10:00:00.000Z", "2026-11-21T10:00:07.000Z", "1999-01-01T23:59:59.050Z", "2026-03-29T00:30:00.000Z"])
    assert.equal(fromLocal(toLocal(moment)), moment);
  assert.match(toLocal("2026-11-21T10:00:00Z"), /T\d\d:\d\d$/);
  assert.deepEqual([toLocal(undefined), toLocal("junk"), fromLocal(""), fromLocal("20261-01-01T00:00")], ["", "", undefined, undefined]);
});
