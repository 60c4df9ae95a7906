import { createClient, createReplica } from "../../../src/client/index.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { encodeState } from "../../../src/projections/encode.ts";
import { probeOf } from "../graph/probe.ts";
import type { App } from "./app-context.ts";
import { createStore } from "./store.ts";

/** The one place where the page meets the world: its own origin, the clock, the screen's frames. */
export function startApp(): App {
  const url = location.origin;
  const client = createClient({ url, fetch: (...args) => fetch(...args) });
  const replica = createReplica({ url, clock: systemClock, random: Math.random });
  const store = createStore({
    replica,
    readState: (at, upTo) => client.call("state.get", { at, ...(upTo === undefined ? {} : { up_to: upTo }) }),
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
