import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import pino from "pino";
import { createFakeClock } from "../testing/gateway-fake-clock.ts";
import { createLifetime } from "./lifetime.ts";

function begin() {
  const clock = createFakeClock();
  const told: { msg: string; error: { message: string } }[] = [];
  const logger = pino({ serializers: { error: pino.stdSerializers.err } }, { write: (line: string) => void told.push(JSON.parse(line)) });
  const passes = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await setImmediate();
  };
  return { life: createLifetime({ clock, logger }), passes, told };
}

test("what takes longer than its time is not begun a second time beside itself, and the end waits for it", async () => {
  const { life, passes } = begin();
  const runs: PromiseWithResolvers<void>[] = [];
  const order: string[] = [];
  let over: AbortSignal | undefined;
  life.add(() => void order.push("log closed"));
  life.every(10, "looking", async (signal) => {
    over = signal;
    runs.push(Promise.withResolvers());
    await runs.at(-1)!.promise;
    order.push("looked");
  });
  await passes(10);
  await passes(100);
  assert.equal(runs.length, 1);
  runs[0]!.resolve();
  await setImmediate();
  await passes(9);
  assert.equal(runs.length, 1, "its time counts from its end");
  await passes(1);
  assert.equal(runs.length, 2);
  assert.equal(over?.aborted, false);
  const ended = life.end();
  await setImmediate();
  assert.deepEqual(order, ["looked"]);
  assert.equal(over.aborted, true, "it may hurry now");
  runs[1]!.resolve();
  await ended;
  assert.deepEqual(order, ["looked", "looked", "log closed"]);
  await passes(1_000);
  assert.equal(runs.length, 2, "over is over");
});

test("what hangs does not keep the end waiting for ever, and what fails goes on and is told by its name", async () => {
  const { life, passes, told } = begin();
  let tries = 0;
  life.every(10, "failing", () => {
    tries++;
    throw new Error("no luck");
  });
  life.every(10, "hanging", () => new Promise(() => undefined));
  await passes(10);
  await passes(10);
  assert.equal(tries, 2);
  assert.deepEqual(
    told.map(({ msg, error }) => [msg, error.message]),
    [
      ["failing", "no luck"],
      ["failing", "no luck"],
    ],
  );
  const ended = life.end();
  await setImmediate();
  await passes(1_500);
  await ended;
});
