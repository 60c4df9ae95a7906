import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createReplica, type FetchSession, type Replica, type SocketConstructor } from "../client/index.ts";
import type { EventDraft, StoredEvent } from "../contract/events/index.ts";
import type { SessionId } from "../contract/ids.ts";
import { toTimestamp, type Clock } from "../lib/clock.ts";
import { encodeSession } from "../projections/encode.ts";
import { mapOf } from "../lib/persistent-map.ts";
import type { State } from "../projections/state.ts";
import { trimSession, type Keep } from "../projections/trim.ts";
import type { ArrayLog } from "./gateway-array-log.ts";
import { randomSessionEvents } from "./random-session.ts";

/** What lies between a replica and its daemon, and how it can go wrong. */
export interface Network {
  readonly url: string;
  readonly clock: Clock;
  readonly log: ArrayLog;
  readonly WebSocket?: SocketConstructor;
  readonly fetchSession?: FetchSession;
  /** How long coming to rest may take beyond 20,000 turns of the loop, which on a busy machine are little time for a socket. */
  readonly patienceMs: number;
  /** Ends the connection when `amount` more (bytes or frames) have passed. */
  cut(amount: number): void;
  /** The daemon stops and comes back, with the same log. */
  restart(): Promise<void>;
  /** Something else that a network does: repeats an event, delivers late. */
  trouble(pick: number): void;
  /** Lets a little happen. */
  breathe(): Promise<void>;
  close(): Promise<void>;
}

/** What a snapshot keeps here: little, so that facts about what was left out are common. */
const tinyKeep: Keep = { calls: 1, agents: 1, turns: 1, messages: 1 };
const hidden = "ses_3" as SessionId;

/** A snapshot that leaves out most entities, and one session altogether. */
export function tinySnapshot(state: State): State {
  const sessions = mapOf([...state.sessions].map(([id, session]) => [id, trimSession(session, tinyKeep)] as const));
  return { seq: state.seq, sessions: sessions.delete(hidden) };
}

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("append" as const), session: fc.nat(3), events: randomSessionEvents({ maxLength: 8 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("cut" as const), amount: fc.oneof(fc.nat(5), fc.nat(5_000)) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("trouble" as const), pick: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("stop" as const) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("breathe" as const), times: fc.integer({ min: 1, max: 4 }) }) },
);

/** A replica over this network ends with the daemon's picture, and on the way misses nothing, doubles nothing, and never goes back. */
export function testReplica(
  name: string,
  open: (options: { readonly isTrimmed: boolean }) => Promise<Network>,
  options: { readonly runs: number },
): void {
  for (const isTrimmed of [false, true]) {
    test(`${name}: a replica ends with the daemon's picture whatever breaks${isTrimmed ? ", also from a snapshot that leaves things out" : ""}`, async (t) => {
      const steps = fc.array(step, { maxLength: 25, size: "max" });
      const property = fc.asyncProperty(steps, async (actions) => {
        const network = await open({ isTrimmed });
        const { replica, watch } = follow(network);
        try {
          let made = 0;
          for (const action of actions) {
            if (action.do === "append" && action.events.length > 0)
              network.log.append(action.events.map((event) => toDraft(event, action.session, ++made)));
            else if (action.do === "cut") network.cut(action.amount);
            else if (action.do === "restart") await network.restart();
            else if (action.do === "trouble") network.trouble(action.pick);
            else if (action.do === "stop") {
              replica.stop();
              replica.start();
            } else if (action.do === "breathe") for (let i = 0; i < action.times; i++) await network.breathe();
          }
          const end = performance.now() + network.patienceMs;
          for (let turns = 0; replica.connection().state !== "live" || replica.state().seq < network.log.head(); turns++) {
            assert.ok(
              turns < 20_000 || performance.now() < end,
              `never came to rest: ${JSON.stringify(replica.connection())} at ${replica.state().seq} of ${network.log.head()}`,
            );
            await network.breathe();
          }
          watch();
          const { seq, sessions } = network.log.state();
          const shown = isTrimmed && !replica.state().sessions.has(hidden) ? sessions.delete(hidden) : sessions;
          assert.deepEqual(pictureOf(replica.state(), isTrimmed), pictureOf({ seq, sessions: shown }, isTrimmed));
        } finally {
          replica.stop();
          await network.close();
        }
      });
      await fc.assert(property, {
        numRuns: options.runs,
        asyncReporter: async (details) => {
          t.diagnostic(`seed ${details.seed}`);
          if (details.failed) throw new Error(await fc.asyncDefaultReportMessage(details));
        },
      });
    });
  }
}

/** Starts a replica that checks every step it makes. */
function follow(network: Network): { readonly replica: Replica; watch(): void } {
  const { url, clock, WebSocket, fetchSession } = network;
  const replica = createReplica({
    url,
    clock,
    random: () => 0.5,
    ...(WebSocket === undefined ? {} : { WebSocket }),
    ...(fetchSession === undefined ? {} : { fetchSession }),
  });
  let last = 0;
  let problem: string | undefined;
  replica.subscribe((events) => {
    for (const event of events) {
      if (event.seq !== last + 1) problem ??= `after ${last} came ${event.seq}`;
      last = event.seq;
    }
    if (replica.state().seq < last) problem ??= `the picture went back from ${last} to ${replica.state().seq}`;
    last = replica.state().seq;
  });
  replica.start();
  return { replica, watch: () => assert.equal(problem, undefined) };
}

/** All within two minutes: what a trimmed session takes as possibly one fact told twice (`APART_MS` in fuse.ts). */
function toDraft({ seq: _seq, ...event }: StoredEvent, session: number, n: number): EventDraft {
  const [start, at] = [Date.UTC(2026, 10, 20, 10), Date.parse(event.timestamp)];
  const timestamp = toTimestamp(start + Math.floor((at - start) / 5));
  return { ...event, timestamp, id: `e${n}`, session_id: `ses_${session}` as SessionId };
}

/** What can be compared: a replica may know more of the past than a trimmed picture, never less or other. */
function pictureOf(state: State, isTrimmed: boolean): unknown {
  const sessions = [...state.sessions.values()].toSorted((a, b) => (a.session_id < b.session_id ? -1 : 1));
  if (!isTrimmed) return sessions.map((session) => JSON.parse(JSON.stringify(encodeSession(session))) as unknown);
  return sessions.map((session) => {
    const { marks: _marks, usage, trimmed_at: _trimmedAt, ...rest } = encodeSession(trimSession(session, tinyKeep));
    return JSON.parse(JSON.stringify({ ...rest, totals: usage.totals })) as unknown;
  });
}
