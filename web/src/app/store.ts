import type { StoredEvent } from "../../../src/contract/events/index.ts";
import { emptyState, type State } from "../../../src/projections/state.ts";

/** What the store needs of a replica of the log. */
export interface ReplicaSource<C extends Connection> {
  state(): State;
  connection(): C;
  lastEventAt(): number | undefined;
  subscribe(listener: (events: readonly StoredEvent[]) => void): () => void;
  onConnection(listener: () => void): () => void;
}

export type Connection =
  | { readonly state: "connecting"; readonly attempt: number }
  | { readonly state: "syncing" }
  | { readonly state: "live" }
  | { readonly state: "waiting"; readonly attempt: number; readonly retryAtMs: number }
  | { readonly state: "stopped" };

/** A past moment: a time, and where it was stepped to, the last event that counts of that very millisecond. */
export interface PastMoment {
  readonly atMs: number;
  readonly seq?: number;
}

/** A past moment on screen. `shown` is the picture that has arrived, which may lag behind while the playhead is dragged. */
export interface Past extends PastMoment {
  readonly shown?: PastMoment & { readonly state: State };
  readonly problem?: string;
}

export interface Snapshot {
  readonly live: State;
  readonly connection: Connection;
  readonly lastEventAtMs: number | undefined;
  /** Ticks once a second while connected; stands still when the picture is frozen. */
  readonly nowMs: number;
  /** Ticks always: for the age of the last event and the countdown. */
  readonly clockMs: number;
  readonly hasSynced: boolean;
  readonly past: Past | undefined;
}

export type BatchListener = (before: State, after: State, events: readonly StoredEvent[]) => void;

export interface Store {
  snapshot(): Snapshot;
  subscribe(listener: () => void): () => void;
  /** Each frame's events with the states around them. */
  onBatch(listener: BatchListener): () => void;
  /** Events as they arrive, also while the page is hidden and gets no frames. */
  onEvents(listener: (events: readonly StoredEvent[]) => void): () => void;
  /** Shows the picture of a past moment; `undefined` returns to the present. */
  goTo(moment: PastMoment | undefined): void;
  retryPast(): void;
  stop(): void;
}

export interface StoreDeps {
  readonly replica: ReplicaSource<Connection>;
  readonly readPicture: (moment: PastMoment) => Promise<State>;
  readonly now: () => number;
  /** Runs the task before the next frame. */
  readonly onFrame: (task: () => void) => void;
  /** Runs the task every `ms`; returns how to stop. */
  readonly every: (ms: number, task: () => void) => () => void;
}

/** A hidden tab gets no frames: beyond this many events the oldest are let go, they only start motions. */
const BATCH_LIMIT = 10_000;

export function createStore({ replica, readPicture, now, onFrame, every }: StoreDeps): Store {
  const listeners = new Set<() => void>();
  const batchListeners = new Set<BatchListener>();
  let pending: StoredEvent[] = [];
  let isFrameDue = false;
  let isReading = false;
  let current: Snapshot = {
    live: replica.state(),
    connection: replica.connection(),
    lastEventAtMs: replica.lastEventAt(),
    nowMs: now(),
    clockMs: now(),
    hasSynced: replica.connection().state === "live",
    past: undefined,
  };

  const set = (patch: Partial<Snapshot>): void => {
    current = { ...current, ...patch };
    for (const listener of listeners) listener();
  };

  const flush = (): void => {
    isFrameDue = false;
    const events = pending;
    pending = [];
    const before = current.live;
    const after = replica.state();
    const connection = replica.connection();
    const isLive = connection.state === "live";
    set({
      live: after,
      connection,
      lastEventAtMs: replica.lastEventAt(),
      hasSynced: current.hasSynced || isLive,
      ...(isLive ? { nowMs: now() } : {}),
      clockMs: now(),
    });
    if (events.length > 0 && before !== emptyState) for (const listener of batchListeners) listener(before, after, events);
  };
  const schedule = (): void => {
    if (isFrameDue) return;
    isFrameDue = true;
    onFrame(flush);
  };

  // One request at a time: while it runs only the newest wish is kept, so dragging never queues up work.
  const readPast = async (): Promise<void> => {
    if (isReading) return;
    isReading = true;
    try {
      for (let wish = current.past; wish !== undefined && !isSame(wish.shown, wish) && wish.problem === undefined; wish = current.past)
        await readMoment(momentOf(wish));
    } finally {
      isReading = false;
    }
  };
  const readMoment = async (moment: PastMoment): Promise<void> => {
    try {
      const state = await readPicture(moment);
      if (current.past !== undefined) set({ past: { ...momentOf(current.past), shown: { state, ...moment } } });
    } catch (error) {
      if (isSame(current.past, moment) && current.past !== undefined)
        set({ past: { ...current.past, problem: error instanceof Error ? error.message : String(error) } });
    }
  };

  const stops = [
    replica.subscribe((events) => {
      pending = pending.length + events.length > BATCH_LIMIT ? [...pending, ...events].slice(-BATCH_LIMIT) : [...pending, ...events];
      schedule();
    }),
    replica.onConnection(schedule),
    every(1_000, () => set(current.connection.state === "live" ? { nowMs: now(), clockMs: now() } : { clockMs: now() })),
  ];

  return {
    snapshot: () => current,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onBatch(listener) {
      batchListeners.add(listener);
      return () => batchListeners.delete(listener);
    },
    onEvents: (listener) => replica.subscribe(listener),
    goTo(moment) {
      if (isSame(moment, current.past)) return;
      const shown = current.past?.shown;
      set({ past: moment === undefined ? undefined : { ...momentOf(moment), ...(shown === undefined ? {} : { shown }) } });
      void readPast();
    },
    retryPast() {
      if (current.past === undefined) return;
      const { problem: _, ...past } = current.past;
      set({ past });
      void readPast();
    },
    stop() {
      for (const stop of stops) stop();
    },
  };
}

function momentOf({ atMs, seq }: PastMoment): PastMoment {
  return seq === undefined ? { atMs } : { atMs, seq };
}

function isSame(a: PastMoment | undefined, b: PastMoment | undefined): boolean {
  return a?.atMs === b?.atMs && a?.seq === b?.seq;
}

/** The state on screen and the time that it is the state of. */
export function shownOf(snapshot: Snapshot): { readonly state: State; readonly nowMs: number; readonly isPast: boolean } {
  const { past } = snapshot;
  if (past === undefined) return { state: snapshot.live, nowMs: snapshot.nowMs, isPast: false };
  return { state: past.shown?.state ?? emptyState, nowMs: past.shown?.atMs ?? past.atMs, isPast: true };
}
