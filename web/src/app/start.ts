import { createClient, createReplica } from "../../../src/client/index.ts";
import type { StoredEvent } from "../../../src/contract/events/index.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { decodeSession, decodeState, encodeState, type WireSession, type WireState } from "../../../src/projections/encode.ts";
import { probeOf } from "../graph/probe.ts";
import type { App } from "./app-context.ts";
import { createReel } from "./reel.ts";
import { createStore, type PastMoment } from "./store.ts";

/** The graph is built anew no more often: what comes between would only wake the page. */
const READ_EVERY_MS = 30;

/** The one place where the page meets the world: its own origin, the clock, the screen's frames. */
export function startApp(): App {
  const url = location.origin;
  const client = createClient({ url, fetch: (...args) => fetch(...args) });
  const replica = createReplica({ url, clock: systemClock, random: Math.random, everyMs: READ_EVERY_MS });
  const store = createStore({
    replica,
    readPicture: createReel({
      now: systemClock.now,
      readPicture: async (moment) => decodeState((await client.call("state.get", pointOf(moment))).state as WireState),
      readSession: async (session_id, moment) => {
        const { session } = await client.call("sessions.state", { session_id, ...pointOf(moment) });
        return session === undefined ? undefined : decodeSession(session as WireSession);
      },
      readBetween: async (from, untilMs) => {
        const { items, until } = await client.call("moments.between", {
          ...pointOf(from),
          until: new Date(untilMs).toISOString(),
          limit: 3_000,
        });
        return {
          items: items.map(({ at, event }) => ({ atMs: Date.parse(at), event: event as unknown as StoredEvent })),
          untilMs: Date.parse(until),
        };
      },
    }),
    now: systemClock.now,
    onFrame: (task) => requestAnimationFrame(task),
    every: (ms, task) => {
      const timer = setInterval(task, ms);
      return () => clearInterval(timer);
    },
  });
  probeOf().state = () => encodeState(replica.state());
  replica.start();
  return { store, client, reconnect: replica.start };
}

function pointOf({ atMs, seq }: PastMoment): { at: string; up_to?: number } {
  return { at: new Date(atMs).toISOString(), ...(seq === undefined ? {} : { up_to: seq }) };
}
