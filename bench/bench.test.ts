import assert from "node:assert/strict";
import { test } from "node:test";
import { figure } from "./lib/report.ts";
import { median, percentile, round, spread } from "./lib/stats.ts";

test("the median is the middle, or between the two middle ones", () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.ok(Number.isNaN(median([])));
});

test("a percentile is a sample, by nearest rank", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  assert.equal(percentile(hundred, 0.5), 50);
  assert.equal(percentile(hundred, 0.99), 99);
  assert.equal(percentile([7], 0.99), 7);
  assert.ok(Number.isNaN(percentile([], 0.5)));
});

test("numbers keep three digits that mean something, large ones four", () => {
  assert.equal(round(0.123456), 0.123);
  assert.equal(round(123_456), 123_500);
  assert.deepEqual(spread([3, 1.23456, 2]), [1.23, 3]);
});

test("a figure's ratio is the median of what neighbouring rounds give, not of two medians", () => {
  const measured = figure({
    name: "events",
    unit: "events/s",
    n: 3,
    rounds: [50, 10, 90],
    baseline: { name: "floor", rounds: [100, 20, 100] },
    bar: "ratio >= 0.5",
    passes: (_, ratio) => ratio >= 0.5,
  });
  assert.deepEqual(
    { value: measured.value, ratio: measured.ratio, baseline: measured.baseline?.value, passed: measured.passed },
    { value: 50, ratio: 0.5, baseline: 100, passed: true },
  );
});
