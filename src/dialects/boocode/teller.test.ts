import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import type { StoredEvent } from "../../contract/events/index.ts";
import type { SessionId } from "../../contract/ids.ts";
import { visibleMarks } from "../../projections/marks.ts";
import { partsOf, visibleMessages } from "../../projections/messages.ts";
import { createSessionFold, type Session } from "../../projections/session.ts";
import { randomSessionEvents } from "../../testing/random-session.ts";
import { createBooCodeClient, type BooCodeClient } from "../../testing/boocode-client.ts";
import { eventsOf, loadRecordings, shuffled } from "../../testing/truth.ts";
import { createClient, type Client } from "./client.ts";
import { namesOf } from "./ids.ts";
import { stateOf } from "./tell-calls.ts";
import { createTeller } from "./teller.ts";
import { wordsOf } from "./words.ts";

type SessionEvent = StoredEvent & { readonly session_id: SessionId };

const recordings = loadRecordings(fileURLToPath(new URL("../../../test/fixtures/claude-code", import.meta.url)));
const noBody = () => undefined;
const foldInFull = createSessionFold({ detail: true });

/** The sessions of a recording, each with its events in the order of storing. */
function sessionsOf(events: readonly StoredEvent[]): SessionEvent[][] {
  const own = events.flatMap((event) => (event.session_id === undefined ? [] : [{ ...event, session_id: event.session_id }]));
  return [...Map.groupBy(own, ({ session_id }) => session_id).values()];
}

/** What a client must end with: words by role, calls with how they stand, and how many requests failed. */
function truthOf(events: readonly SessionEvent[]) {
  const session = events.reduce<Session | undefined>((folded, event) => foldInFull(folded, event), undefined)!;
  const names = namesOf(session.session_id);
  return {
    messages: visibleMessages(session.messages)
      .map((message) => `${message.role}: ${wordsOf(partsOf(message), noBody).content}`)
      .toSorted(),
    calls: [...session.calls.map.values()]
      .map((call) => {
        const state = stateOf(call, session);
        const status = state === "running" ? "running" : state === "interrupted" ? "cancelled" : "complete";
        const result = call.outcome === undefined ? "none" : call.outcome === "ok" ? "good" : "bad";
        return [names.calling(call.call_id), call.name || "unknown", status, result].join(" ");
      })
      .toSorted(),
    failures: visibleMarks(session.marks).filter(({ kind }) => kind === "model_failed").length,
  };
}

function heldBy({ messages, errors }: BooCodeClient): ReturnType<typeof truthOf> {
  const all = [...messages.values()];
  const results = all.flatMap((message) => message.results);
  for (const { calls, results: own, content } of all)
    assert.ok(calls.length + own.length <= 1 && (calls.length + own.length === 0 || content === ""));
  return {
    messages: all
      .filter(({ calls, role }) => calls.length === 0 && role !== "tool")
      .map(({ role, content }) => `${role}: ${content}`)
      .toSorted(),
    calls: all
      .flatMap(({ id, calls, status }) =>
        calls.map((call) => {
          const [result, ...more] = results.filter(({ tool_call_id }) => tool_call_id === call.id);
          assert.deepEqual(more, []);
          return [id, call.name, status, result === undefined ? "none" : result.error === undefined ? "good" : "bad"].join(" ");
        }),
      )
      .toSorted(),
    failures: errors.length,
  };
}

/** A client on its line: what is sent can be refused until it has read, and what is under way is lost when the line breaks. */
function connect(client: BooCodeClient, teller: ReturnType<typeof createTeller>) {
  const underWay: string[] = [];
  let room = Infinity;
  const socket: Client = createClient(teller, (frame) => {
    if (underWay.length >= room) return false;
    underWay.push(JSON.stringify(frame));
    return true;
  });
  return {
    socket,
    hello: () => socket.reconnect(client.hello().lastSeqPerChannel),
    read(count = Infinity, times = 1): void {
      for (const text of underWay.splice(0, count)) for (let time = 0; time < (isDelta(text) ? times : 1); time++) client.receive(text);
    },
    narrow(frames: number): void {
      room = frames;
    },
    /** Until nothing is left. */
    drain(): void {
      room = Infinity;
      socket.pump();
      while (underWay.length > 0) {
        this.read();
        socket.pump();
      }
    },
  };
}

function isDelta(text: string): boolean {
  return text.startsWith('{"type":"channel_delta"');
}

for (const { name, records } of recordings) {
  test(`a client that listens from the beginning ends with what is true of ${name}`, () => {
    for (const events of sessionsOf(eventsOf(records))) {
      for (const strips of [false, true]) {
        const teller = createTeller(events[0]!.session_id, noBody);
        const client = createBooCodeClient({ strips });
        const line = connect(client, teller);
        line.hello();
        for (const event of events) {
          teller.apply(event);
          line.socket.pump();
          line.read();
        }
        assert.deepEqual(heldBy(client), truthOf(events));
        assert.equal(client.buffered(), 0);
      }
    }
  });

  test(`a client that knows no channels ends with what is true of ${name}`, () => {
    for (const events of sessionsOf(eventsOf(records))) {
      const teller = createTeller(events[0]!.session_id, noBody);
      const client = createBooCodeClient({ strips: true });
      const line = connect(client, teller);
      const half = events.length >> 1;
      for (const [index, event] of events.entries()) {
        teller.apply(event);
        if (index === half) line.socket.begin();
        line.socket.pump();
        line.read();
      }
      assert.deepEqual({ ...heldBy(client), failures: 0 }, { ...truthOf(events), failures: 0 });
    }
  });
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("tell" as const), count: fc.integer({ min: 1, max: 30 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("read" as const),
      count: fc.integer({ min: 1, max: 20 }),
      times: fc.integer({ min: 1, max: 2 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("break" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("slow down" as const), room: fc.integer({ min: 0, max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("say hello again" as const) }) },
);

/** Plays a session to a client over whatever happens to its line, and to the daemon. */
function play(
  events: readonly SessionEvent[],
  steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[],
  ring: number,
  strips: boolean,
) {
  let now = 0;
  const client = createBooCodeClient({ strips, now: () => now });
  const id = events[0]!.session_id;
  let told = 0;
  let teller = createTeller(id, noBody, ring);
  let line = connect(client, teller);
  line.hello();
  const tell = (count: number) => {
    for (const event of events.slice(told, told + count)) teller.apply(event);
    told = Math.min(events.length, told + count);
    line.socket.pump();
  };
  const reconnect = () => {
    line = connect(client, teller);
    line.hello();
  };
  for (const each of steps) {
    now += 1_000;
    client.tick();
    if (each.do === "tell") tell(each.count);
    else if (each.do === "read") line.read(each.count, each.times);
    else if (each.do === "slow down") line.narrow(each.room);
    else if (each.do === "say hello again") line.hello();
    else {
      if (each.do === "restart") {
        teller = createTeller(id, noBody, ring);
        for (const event of events.slice(0, told)) teller.apply(event);
      }
      reconnect();
    }
  }
  tell(events.length);
  line.drain();
  assert.equal(client.buffered(), 0, "it waits for a number that never comes");
  assert.equal(client.seen.stalls, 0);
  return client;
}

for (const ring of [1_000, 7])
  test(`over broken lines, restarts, slow reading and repeated words a client ends with what is true (${ring} kept)`, () => {
    fc.assert(
      fc.property(
        fc.nat(recordings.length - 1),
        fc.integer({ min: 0, max: 3 }),
        fc.array(step, { maxLength: 25 }),
        fc.boolean(),
        (index, seed, steps, strips) => {
          const { records } = recordings[index]!;
          const order = seed === 0 ? records : shuffled(records, seed);
          for (const events of sessionsOf(eventsOf(order))) {
            const held = heldBy(play(events, steps, ring, strips));
            const truth = truthOf(events);
            // A snapshot holds no errors: those that are no longer kept are lost to whoever missed them, and an older frame may come twice.
            assert.deepEqual({ ...held, failures: 0 }, { ...truth, failures: 0 });
            if (ring > 7 && !strips) assert.equal(held.failures, truth.failures);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

for (const ring of [1_000, 3])
  test(`careless sources that contradict each other leave a client with what the fold makes of them (${ring} kept)`, () => {
    fc.assert(
      fc.property(randomSessionEvents({ maxLength: 60 }), fc.array(step, { maxLength: 12 }), fc.boolean(), (told, steps, strips) => {
        for (const events of sessionsOf(told)) {
          const held = heldBy(play(events, steps, ring, strips));
          // No older frame says that what was cancelled runs on.
          const open = ({ messages, calls }: typeof held) => ({
            messages,
            calls: strips ? calls.map((call) => call.replace(/ (?:running|cancelled) /, " open ")) : calls,
          });
          assert.deepEqual(open(held), open(truthOf(events)));
        }
      }),
      { numRuns: 300 },
    );
  });

const at = (second: number) => new Date(Date.UTC(2026, 10, 20, 10, 0, second)).toISOString();
let seq = 0;
function told(type: string, source: string, data: object): SessionEvent {
  seq++;
  return { seq, id: `evt:${seq}`, type, timestamp: at(seq), source, session_id: "ses_s", data } as unknown as SessionEvent;
}
const piece = (index: number, text: string) =>
  told("message.added", "claude-code/hook", { message_id: "msg_h", role: "assistant", index, parts: [{ kind: "text", text }] });
const wholeText = (text: string) =>
  told("message.added", "claude-code/transcript", { message_id: "msg_t", role: "assistant", parts: [{ kind: "text", text }] });
const ended = (source: string, data: object) => told("tool.ended", source, { call_id: "call_c", ...data });

/** Things that were told and turn out to be otherwise. */
const corrections = {
  "a text that grows is the one that another source told whole": [piece(0, "Hel"), wholeText("Hello"), piece(1, "lo"), piece(2, "!")],
  "a text that grows is known whole, and then it grows to it": [wholeText("Hello"), piece(0, "Hel"), piece(1, "lo")],
  "a call that seemed to end well failed": [
    told("tool.started", "claude-code/hook", { call_id: "call_c", name: "Bash", input: { command: "make" } }),
    ended("claude-code/stream", { outcome: "ok", certainty: "inferred" }),
    ended("claude-code/transcript", { outcome: "error", output: "no rule", error: "exit 2" }),
  ],
  "a call is named after its end": [
    ended("claude-code/otel", { outcome: "ok", output: "done" }),
    told("tool.started", "claude-code/transcript", { call_id: "call_c", name: "Bash", input: { command: "make" } }),
  ],
  "a session that ended goes on, and its call with it": [
    told("tool.started", "claude-code/hook", { call_id: "call_c", name: "Bash", input: {} }),
    told("session.ended", "claude-code/hook", {}),
    told("turn.started", "claude-code/hook", { turn_id: "trn_2" }),
    ended("claude-code/hook", { outcome: "ok", output: "done" }),
  ],
};

for (const [name, events] of Object.entries(corrections))
  test(`whenever a client goes and comes back: ${name}`, () => {
    const cuts = events.flatMap((_, away) => events.map((__, back) => [away, back] as const));
    for (const ring of [1_000, 1])
      for (const [away, back] of cuts)
        for (const restarts of [false, true]) {
          const client = createBooCodeClient({ strips: false });
          let teller = createTeller("ses_s" as SessionId, noBody, ring);
          const first = connect(client, teller);
          first.hello();
          for (const each of events.slice(0, away)) teller.apply(each);
          first.drain();
          if (restarts) teller = createTeller("ses_s" as SessionId, noBody, ring);
          for (const each of events.slice(restarts ? 0 : away, Math.max(away, back))) teller.apply(each);
          const second = connect(client, teller);
          second.hello();
          second.drain();
          for (const each of events.slice(Math.max(away, back))) teller.apply(each);
          second.drain();
          assert.deepEqual(heldBy(client), truthOf(events), `away after ${away}, back after ${back}`);
        }
  });
