import { backoffMs } from "../lib/backoff.ts";

/**
 * How a replica stands with its daemon. `attempt` counts the tries since it was last live.
 * `syncing`: connected, not yet at the head. `waiting`: lost; tries again at `retryAtMs`.
 */
export type ConnectionState =
  | { readonly state: "stopped" }
  | { readonly state: "connecting"; readonly attempt: number }
  | { readonly state: "syncing"; readonly attempt: number }
  | { readonly state: "live" }
  | { readonly state: "waiting"; readonly attempt: number; readonly retryAtMs: number };

/** What happens to a connection. */
export type ConnectionEvent =
  | { readonly type: "start" }
  | { readonly type: "stop" }
  /** The daemon has said hello. */
  | { readonly type: "opened" }
  /** Everything up to the head is here. */
  | { readonly type: "synced" }
  /** What arrives does not follow what is here. */
  | { readonly type: "desynced" }
  /** The socket is gone or silent. `random` in [0, 1) spreads the clients of one daemon. */
  | { readonly type: "lost"; readonly atMs: number; readonly random: number }
  /** The waiting time is over. */
  | { readonly type: "due" };

/** What to do on the way to the next state, in order. */
export type ConnectionEffect = "connect" | "disconnect" | "subscribe" | "wait" | "stop_waiting";

/** Where an event leads, and what is to be done for it. */
export interface ConnectionStep {
  readonly next: ConnectionState;
  readonly effects: readonly ConnectionEffect[];
}

type Name = ConnectionState["state"];
type StateOf<S extends Name> = Extract<ConnectionState, { state: S }>;
type Lost = Extract<ConnectionEvent, { type: "lost" }>;
type Table = {
  readonly [S in Name]: {
    readonly [E in ConnectionEvent["type"]]: (state: StateOf<S>, event: Extract<ConnectionEvent, { type: E }>) => ConnectionStep;
  };
};

const stay = (state: ConnectionState): ConnectionStep => ({ next: state, effects: [] });
const go = (next: ConnectionState, ...effects: ConnectionEffect[]): ConnectionStep => ({ next, effects });
const hangUp = (): ConnectionStep => go({ state: "stopped" }, "disconnect");
const waitAfter = (attempt: number, { atMs, random }: Lost): ConnectionStep =>
  go({ state: "waiting", attempt, retryAtMs: atMs + backoffMs(attempt, random) }, "disconnect", "wait");

/** Every state with every event: none is unforeseen. */
const table: Table = {
  stopped: {
    start: () => go({ state: "connecting", attempt: 0 }, "connect"),
    stop: stay,
    opened: stay,
    synced: stay,
    desynced: stay,
    lost: stay,
    due: stay,
  },
  connecting: {
    start: stay,
    stop: hangUp,
    opened: ({ attempt }) => go({ state: "syncing", attempt }, "subscribe"),
    synced: stay,
    desynced: stay,
    lost: ({ attempt }, event) => waitAfter(attempt, event),
    due: stay,
  },
  syncing: {
    start: stay,
    stop: hangUp,
    opened: stay,
    synced: () => go({ state: "live" }),
    desynced: (state) => go(state, "subscribe"),
    lost: ({ attempt }, event) => waitAfter(attempt, event),
    due: stay,
  },
  live: {
    start: stay,
    stop: hangUp,
    opened: stay,
    synced: stay,
    desynced: () => go({ state: "syncing", attempt: 0 }, "subscribe"),
    lost: (_, event) => waitAfter(0, event),
    due: stay,
  },
  waiting: {
    start: ({ attempt }) => go({ state: "connecting", attempt: attempt + 1 }, "stop_waiting", "connect"),
    stop: () => go({ state: "stopped" }, "stop_waiting"),
    opened: stay,
    synced: stay,
    desynced: stay,
    lost: stay,
    due: ({ attempt }) => go({ state: "connecting", attempt: attempt + 1 }, "connect"),
  },
};

/** One step of the machine: every state has an answer to every event. */
export function nextConnection(state: ConnectionState, event: ConnectionEvent): ConnectionStep {
  return (table[state.state][event.type] as (state: ConnectionState, event: ConnectionEvent) => ConnectionStep)(state, event);
}
