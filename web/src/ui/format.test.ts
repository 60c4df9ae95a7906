import assert from "node:assert/strict";
import { test } from "node:test";
import {
  clip,
  formatAge,
  formatBytes,
  formatCount,
  formatDuration,
  formatModel,
  formatPercent,
  formatUsd,
  formatUsdAxis,
} from "./format.ts";

test("counts are whole below ten thousand and short above", () => {
  assert.deepEqual([0, 999, 1_284, 9_999, 10_000, 12_449, 99_949, 99_950, 999_949, 999_950, 3_140_000, undefined].map(formatCount), [
    "0",
    "999",
    "1,284",
    "9,999",
    "10.0k",
    "12.4k",
    "99.9k",
    "100k",
    "1000k",
    "1.0M",
    "3.1M",
    "?",
  ]);
});

test("durations keep two units at most", () => {
  const shown = [0, 240, 999.4, 999.6, 9_400, 9_949, 42_000, 59_600, 64_000, 3_599_600, 7_500_000, 273_600_000, undefined].map(
    formatDuration,
  );
  assert.deepEqual(shown, [
    "0 ms",
    "240 ms",
    "999 ms",
    "1.0 s",
    "9.4 s",
    "9.9 s",
    "42 s",
    "1 m 00 s",
    "1 m 04 s",
    "1 h 00 m",
    "2 h 05 m",
    "3 d 04 h",
    "?",
  ]);
});

test("an age shows tenths while it is young", () => {
  assert.deepEqual([200, 9_940, 12_000, 64_000, -5].map(formatAge), ["0.2 s", "9.9 s", "12 s", "1 m 04 s", "0.0 s"]);
});

test("a share of nothing is unknown, not zero", () => {
  assert.deepEqual([formatPercent(2, 3), formatPercent(0, 5), formatPercent(0, 0)], ["67 %", "0 %", "?"]);
});

test("models, bytes and long texts are shortened", () => {
  assert.deepEqual(
    ["claude-opus-5-5", "claude-haiku-4-5-20251001", "anthropic/claude-sonnet-5", "gpt-5.5-codex", undefined].map(formatModel),
    ["opus-5.5", "haiku-4.5", "sonnet-5", "gpt-5.5-codex", "?"],
  );
  assert.deepEqual([12, 1_536, 40_000, 3_000_000, 250e6, 5e9].map(formatBytes), [
    "12 B",
    "1.5 KiB",
    "39 KiB",
    "2.9 MiB",
    "238 MiB",
    "4.7 GiB",
  ]);
  assert.equal(clip("a  b\nc d e", 6), "a b c…");
});

test("money keeps four digits below a dollar, and what is next to nothing is not nothing", () => {
  const shown = [0, 12, 31_207, 999_949, 999_950, 4_213_000, 1_240_400_000, 12_400_000_000, -31_207, undefined].map(formatUsd);
  assert.deepEqual(shown, ["$0", "<$0.0001", "$0.0312", "$0.9999", "$1.00", "$4.21", "$1,240", "$12.4k", "-$0.0312", "?"]);
});

test("the figures of one axis have the same number of digits", () => {
  const axes = [
    [0, 500_000, 1_000_000, 1_500_000],
    [0, 1e6, 2e6],
    [0, 12_500, 25_000],
    [0, 100, 200],
    [0, 500e6, 1_000e6, 1_500e6],
  ];
  assert.deepEqual(axes.map(formatUsdAxis), [
    ["$0.00", "$0.50", "$1.00", "$1.50"],
    ["$0", "$1", "$2"],
    ["$0.0000", "$0.0125", "$0.0250"],
    ["$0.0000", "$0.0001", "$0.0002"],
    ["$0", "$500", "$1,000", "$1,500"],
  ]);
});
