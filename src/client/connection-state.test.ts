import assert from "node:assert/strict";
import { test } from "node:test";
import { nextConnection, type ConnectionEvent, type ConnectionState } from "./connection-state.ts";

const states: { readonly [S in ConnectionState["state"]]: Extract<ConnectionState, { state: S }> } = {
  stopped: { state: "stopped" },
  connecting: { state: "connecting", attempt: 2 },
  syncing: { state: "syncing", attempt: 2 },
  live: { state: "live" },
  waiting: { state: "waiting", attempt: 2, retryAtMs: 5_000 },
};
const events: { readonly [E in ConnectionEvent["type"]]: Extract<ConnectionEvent, { type: E }> } = {
  start: { type: "start" },
  stop: { type: "stop" },
  opened: { type: "opened" },
  synced: { type: "synced" },
  desynced: { type: "desynced" },
  lost: { type: "lost", atMs: 1_000, random: 0 },
  due: { type: "due" },
};

/** `state attempt: effects`, or "-" when nothing changes. */
const expected: { readonly [S in keyof typeof states]: { readonly [E in keyof typeof events]: string } } = {
  stopped: { start: "connecting 0: connect", stop: "-", opened: "-", synced: "-", desynced: "-", lost: "-", due: "-" },
  connecting: {
    start: "-",
    stop: "stopped: disconnect",
    opened: "syncing 2: subscribe",
    synced: "-",
    desynced: "-",
    lost: "waiting 2 at 5000: disconnect wait",
    due: "-",
  },
  syncing: {
    start: "-",
    stop: "stopped: disconnect",
    opened: "-",
    synced: "live:",
    desynced: "syncing 2: subscribe",
    lost: "waiting 2 at 5000: disconnect wait",
    due: "-",
  },
  live: {
    start: "-",
    stop: "stopped: disconnect",
    opened: "-",
    synced: "-",
    desynced: "syncing 0: subscribe",
    lost: "waiting 0 at 2000: disconnect wait",
    due: "-",
  },
  waiting: {
    start: "connecting 3: stop_waiting connect",
    stop: "stopped: stop_waiting",
    opened: "-",
    synced: "-",
    desynced: "-",
    lost: "-",
    due: "connecting 3: connect",
  },
};

for (const [name, state] of Object.entries(states) as [keyof typeof states, ConnectionState][]) {
  for (const [type, event] of Object.entries(events) as [keyof typeof events, ConnectionEvent][]) {
    test(`${name} + ${type}: ${expected[name][type]}`, () => {
      const { next, effects } = nextConnection(state, event);
      const attempt = "attempt" in next ? ` ${next.attempt}` : "";
      const at = "retryAtMs" in next ? ` at ${next.retryAtMs}` : "";
      const told = next === state && effects.length === 0 ? "-" : `${next.state}${attempt}${at}: ${effects.join(" ")}`.trim();
      assert.equal(told, expected[name][type]);
    });
  }
}
