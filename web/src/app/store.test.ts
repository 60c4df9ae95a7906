import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredEvent } from "../../../src/contract/events/index.ts";
import { decodeState, encodeState, type WireState } from "../../../src/projections/encode.ts";
import { emptyState, foldState, type State } from "../../../src/projections/state.ts";
import { createStore, shownOf, type Connection } from "./store.ts";

const event = (seq: number): StoredEvent =>
  ({
    seq,
    id: `e${seq}`,
    type: "tool.started",
    timestamp: "2026-11-20T09:00:00.000Z",
    source: "x/hook",
    session_id: "ses_1",
    agent_id: "agt_main",
    data: { call_id: `call_${seq}`, name: "Read" },
  }) as unknown as StoredEvent;

function bench(readState: (at: string) => Promise<{ state: unknown }> = () => Promise.reject(new Error("none"))) {
  let state: State = foldState(emptyState, event(1));
  let connection: Connection = { state: "live" };
  let nowMs = 1_000;
  const frames: (() => void)[] = [];
  const ticks: (() => void)[] = [];
  const listeners: ((events: readonly StoredEvent[]) => void)[] = [];
  const onConnection: (() => void)[] = [];
  const store = createStore({
    replica: {
      state: () => state,
      connection: () => connection,
      lastEventAt: () => nowMs,
      subscribe: (listener) => (listeners.push(listener), () => {}),
      onConnection: (listener) => (onConnection.push(listener), () => {}),
    },
    readPicture: async ({ atMs }) => decodeState((await readState(new Date(atMs).toISOString())).state as WireState),
    now: () => nowMs,
    onFrame: (task) => frames.push(task),
    every: (_ms, task) => (ticks.push(task), () => {}),
  });
  return {
    store,
    frames,
    send: (...events: StoredEvent[]) => {
      state = events.reduce(foldState, state);
      for (const listener of listeners) listener(events);
    },
    connect: (next: Connection) => {
      connection = next;
      for (const listener of onConnection) listener();
    },
    frame: () => frames.splice(0).forEach((task) => task()),
    tick: (ms: number) => {
      nowMs += ms;
      for (const tick of ticks) tick();
    },
  };
}

test("many batches in one frame are one change, with the states around them", () => {
  const { store, send, frame, frames } = bench();
  const batches: [number, number, number][] = [];
  let changes = 0;
  store.onBatch((before, after, events) => batches.push([before.seq, after.seq, events.length]));
  store.subscribe(() => changes++);
  send(event(2));
  send(event(3), event(4));
  assert.equal(frames.length, 1);
  frame();
  assert.deepEqual([batches, changes], [[[1, 4, 3]], 1]);
});

test("without a connection the picture's time stands still and the clock goes on", () => {
  const { store, connect, frame, tick } = bench();
  connect({ state: "waiting", attempt: 1, retryAtMs: 9_000 });
  frame();
  const { nowMs } = store.snapshot();
  tick(5_000);
  assert.equal(store.snapshot().nowMs, nowMs);
  assert.equal(store.snapshot().clockMs, 6_000);
  assert.equal(store.snapshot().hasSynced, true);
});

test("dragging asks for one moment at a time and ends at the last one", async () => {
  const asked: string[] = [];
  const answers: (() => void)[] = [];
  const { store } = bench(
    (at) =>
      new Promise((resolve) => {
        asked.push(at);
        answers.push(() => resolve({ state: encodeState({ ...emptyState, seq: asked.length }) }));
      }),
  );
  for (const at of [100, 200, 300, 400]) store.goTo({ atMs: at });
  assert.equal(asked.length, 1);
  answers.shift()!();
  await new Promise(setImmediate);
  assert.deepEqual(asked, [new Date(100).toISOString(), new Date(400).toISOString()]);
  answers.shift()!();
  await new Promise(setImmediate);
  assert.equal(shownOf(store.snapshot()).nowMs, 400);
  store.goTo(undefined);
  assert.equal(shownOf(store.snapshot()).isPast, false);
  assert.equal(shownOf(store.snapshot()).state.sessions.size, 1);
});

test("a moment that cannot be read says why and can be tried again", async () => {
  let attempts = 0;
  const { store } = bench(() =>
    ++attempts === 1 ? Promise.reject(new Error("No Orrery answers.")) : Promise.resolve({ state: encodeState(emptyState) }),
  );
  store.goTo({ atMs: 50 });
  await new Promise(setImmediate);
  assert.equal(store.snapshot().past?.problem, "No Orrery answers.");
  store.retryPast();
  await new Promise(setImmediate);
  assert.equal(store.snapshot().past?.problem, undefined);
  assert.equal(store.snapshot().past?.shown?.atMs, 50);
});
