import assert from "node:assert/strict";
import { test } from "node:test";
import { createFlood } from "./flood.ts";

/** How many of the frames of a second are drawn while so many things move in it. */
function framesWith(perSecond: number): number {
  const flood = createFlood();
  let drawn = 0;
  let drawnMs = 0;
  for (let frame = 0; frame < 120; frame++) {
    const nowMs = (frame * 1_000) / 60;
    flood.moved(perSecond / 60, nowMs);
    if (flood.skips(nowMs, drawnMs)) continue;
    drawnMs = nowMs;
    if (frame >= 60) drawn++;
  }
  return drawn;
}

test("every frame is drawn until more moves than an eye can follow, then every second", () => {
  assert.deepEqual([0, 20, 140].map(framesWith), [60, 60, 60]);
  assert.deepEqual([400, 2_000].map(framesWith), [30, 30]);
});

test("a flood is over when it stops", () => {
  const flood = createFlood();
  flood.moved(1_000, 0);
  assert.equal(flood.skips(16, 0), true);
  assert.equal(flood.skips(600, 590), true);
  assert.equal(flood.skips(1_200, 1_190), false);
});
