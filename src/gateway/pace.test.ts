import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeClock } from "../testing/gateway-fake-clock.ts";
import { textFrame } from "./frame.ts";
import { createPace } from "./pace.ts";

function paced(everyMs: number) {
  const clock = createFakeClock();
  const written: string[] = [];
  const pace = createPace({ clock, write: ({ bytes, lastSeq }) => void written.push(`${bytes.subarray(2).toString()} to ${lastSeq}`) });
  pace.set(everyMs);
  const take = (seq: number) => pace.take({ bytes: textFrame(`<${seq}>`), lastSeq: seq });
  const told = () => written.splice(0);
  return { clock, pace, take, told };
}

test("the first goes at once, what comes soon after it together, and a quiet time ends the wait", () => {
  const { clock, pace, take, told } = paced(30);
  take(1);
  assert.deepEqual(told(), ["<1> to 1"]);
  take(2);
  clock.advance(10);
  take(3);
  assert.deepEqual([told(), pace.size()], [[], 10]);
  clock.advance(19);
  assert.deepEqual(told(), []);
  clock.advance(1);
  assert.deepEqual([told(), pace.size()], [["[<2>,<3>] to 3"], 0]);
  clock.advance(30);
  take(4);
  assert.deepEqual(told(), ["<4> to 4"]);
});

test("without a pace nothing waits; setting one, or none, writes what waits", () => {
  const { take, told, pace } = paced(0);
  take(1);
  take(2);
  assert.deepEqual(told(), ["<1> to 1", "<2> to 2"]);
  pace.set(30);
  take(3);
  take(4);
  pace.set(0);
  assert.deepEqual(told(), ["<3> to 3", "<4> to 4"]);
});

test("what is dropped never comes, and its timer neither", () => {
  const { clock, pace, take, told } = paced(30);
  take(1);
  take(2);
  pace.drop();
  clock.advance(100);
  assert.deepEqual([told(), pace.size(), clock.waiting()], [["<1> to 1"], 0, 0]);
});

test("a clock that was set back makes nobody wait for longer than the pace", () => {
  let now = 10_000_000;
  const waits: number[] = [];
  const after = (ms: number) => (waits.push(ms), () => undefined);
  const pace = createPace({ clock: { now: () => now, after }, write: () => undefined });
  pace.set(30);
  pace.take({ bytes: textFrame("1"), lastSeq: 1 });
  now -= 3_600_000;
  pace.take({ bytes: textFrame("2"), lastSeq: 2 });
  assert.deepEqual(waits, [30]);
});
