import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { createFakeClock } from "../testing/gateway-fake-clock.ts";
import { createPatientPacer } from "./clock.ts";

test("work that nobody waits for rests three times as long as it worked, and no more once it is told to end", async () => {
  const clock = createFakeClock();
  const over = new AbortController();
  const breathe = createPatientPacer(clock, over.signal);
  let steps = 0;
  const work = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await breathe();
    steps++;
  };
  await work(1);
  assert.equal(steps, 1, "too little to rest for");
  void work(9);
  clock.advance(29);
  await setImmediate();
  assert.equal(steps, 1);
  clock.advance(1);
  await setImmediate();
  assert.equal(steps, 2);
  void work(10);
  await setImmediate();
  assert.equal(steps, 2);
  over.abort();
  await setImmediate();
  assert.equal(steps, 3);
  await work(10);
  assert.equal(steps, 4);
});
