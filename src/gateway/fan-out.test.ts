import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { EventDraft, StoredEvent } from "../contract/events/index.ts";
import type { SessionId } from "../contract/ids.ts";
import { createFakeClock } from "../testing/gateway-fake-clock.ts";
import { createArrayLog } from "../testing/gateway-array-log.ts";
import { carries, channelSet } from "./channels.ts";
import { EventStream, type Outlet } from "./event-stream.ts";
import { createFanOut, type Chunk } from "./fan-out.ts";
import { joinedFrame, textFrame } from "./frame.ts";

const types = ["x.a.one", "x.a.two", "x.b.one", "x.b.two.deep"] as const;
const channels = ["*", "x.a.*", "x.b.*", "x.b.two.*", "x.a.one", "session:ses_1", "session:ses_2"] as const;

const someEvents = fc.array(
  fc.record({
    type: fc.constantFrom(...types),
    session: fc.constantFrom(undefined, "ses_1", "ses_2"),
    pad: fc.constantFrom(0, 10, 40_000),
  }),
  { minLength: 1, maxLength: 6 },
);
const someChannels = fc.uniqueArray(fc.constantFrom(...channels), { minLength: 1, maxLength: 3 });
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("append" as const), events: someEvents }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("start" as const), who: fc.nat(2), channels: someChannels, back: fc.nat(30) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("add" as const), who: fc.nat(2), channels: someChannels }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("remove" as const), who: fc.nat(2), channels: someChannels }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("read" as const), who: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("tick" as const), ms: fc.constantFrom(1, 5, 16) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("breathe" as const) }) },
);

test("whatever is appended, asked, read and awaited in whatever order, each client gets exactly its events, once, in order, within its buffer", async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 80, size: "max" }),
      fc.boolean(),
      fc.constantFrom(0, 5, 30),
      async (steps, isPressed, everyMs) => {
        const log = createArrayLog();
        const clock = createFakeClock();
        const fanOut = createFanOut({ clock, head: log.head, onCommit: log.onCommit });
        // Enough other followers that commits wait for the end of their tick.
        if (isPressed) for (let i = 0; i < 400; i++) fanOut.add(channelSet(["*"]), { joinedAt: 0, deliver: () => undefined });
        const bufferBytes = 100_000;
        const clients = Array.from({ length: 3 }, () => {
          const outlet = createOutlet();
          return {
            outlet,
            stream: new EventStream({ clock, fanOut, outlet, bufferBytes, head: log.head, readLog: log.readLog }),
            expected: new Expectation(),
          };
        });

        for (const { stream } of clients.slice(1)) stream.pace(everyMs);
        let made = 0;
        for (const action of steps) {
          const client = "who" in action ? clients[action.who]! : undefined;
          if (action.do === "append") {
            const drafts = action.events.map(({ type, session, pad }) => toDraft(++made, type, session, pad));
            for (const event of log.append(drafts)) for (const { expected } of clients) expected.happened(event);
          } else if (action.do === "start") {
            const after = Math.max(0, log.head() - action.back);
            const set = channelSet([...client!.stream.channels, ...action.channels]);
            client!.outlet.forget();
            client!.expected.start(set.channels, log.readLog({ after, limit: 1_000 }));
            client!.stream.start(set, after);
          } else if (action.do === "add") {
            client!.expected.add(action.channels);
            client!.stream.add(action.channels);
          } else if (action.do === "remove") {
            client!.expected.remove(action.channels, client!.outlet.events());
            client!.stream.remove(action.channels);
          } else if (action.do === "read") {
            client!.outlet.drain();
          } else if (action.do === "tick") {
            clock.advance(action.ms);
          } else {
            await new Promise((resolve) => setImmediate(resolve));
          }
          for (const { outlet } of clients) assert.ok(outlet.peak() <= 512 * 1024 + 100_000, `buffered ${outlet.peak()}`);
        }

        for (let quiet = 0; quiet < 3; quiet++) {
          clock.advance(100);
          for (const { outlet } of clients) outlet.drain();
          await new Promise((resolve) => setImmediate(resolve));
          if (clients.some(({ outlet }) => outlet.unsentBytes() > 0)) quiet = -1;
        }
        for (const { outlet, expected } of clients) expected.check(outlet.events().map((event) => event.seq));
        fanOut.close();
      },
    ),
    { numRuns: 300, reporter: (details) => report(t.diagnostic.bind(t), details) },
  );
});

test("a commit goes out at once while few listen; when many do, writing is spread, and commits that wait go together", () => {
  const log = createArrayLog();
  const clock = createFakeClock();
  const fanOut = createFanOut({ clock, head: log.head, onCommit: log.onCommit });
  const delivered: number[][] = [];
  const listen = (): void =>
    fanOut.add(channelSet(["*"]), {
      joinedAt: 0,
      deliver: (chunks: readonly Chunk[]) => void delivered.push(chunks.map((chunk) => chunk.lastSeq)),
    });
  listen();
  for (let i = 1; i <= 20; i++) log.append([toDraft(i, "x.a.one", undefined, 0)]);
  assert.equal(delivered.length, 20);

  for (let i = 0; i < 499; i++) listen();
  let made = 20;
  const commit = (): number => {
    delivered.length = 0;
    log.append([toDraft(++made, "x.a.one", undefined, 0)]);
    return delivered.length;
  };
  const after = (ms: number): number => {
    delivered.length = 0;
    clock.advance(ms);
    return delivered.length;
  };
  after(100);
  assert.deepEqual([commit(), commit(), commit()], [500, 500, 500], "after a calm time some go at once");
  assert.deepEqual([commit(), commit(), after(9), after(1)], [0, 0, 0, 500], "then what came meanwhile goes together");
  assert.deepEqual(delivered[0], [made]);
  assert.deepEqual([commit(), after(9), after(1)], [0, 0, 500], "as often as writing may be");
  after(100);
  assert.equal(commit(), 500, "and a calm time ends it");
});

test("nobody waits longer than a tick, however many listen", () => {
  const log = createArrayLog();
  const clock = createFakeClock();
  const fanOut = createFanOut({ clock, head: log.head, onCommit: log.onCommit });
  let delivered = 0;
  for (let i = 0; i < 5_000; i++) fanOut.add(channelSet(["*"]), { joinedAt: 0, deliver: () => void delivered++ });
  for (let i = 1; i <= 2; i++) log.append([toDraft(i, "x.a.one", undefined, 0)]);
  assert.equal(delivered, 5_000);
  clock.advance(16);
  assert.equal(delivered, 10_000);
  clock.advance(36);
  log.append([toDraft(3, "x.a.one", undefined, 0)]);
  assert.equal(delivered, 15_000, "and not for what was written long ago");
});

test("a commit larger than a client's buffer comes in pieces: what fits now, the rest from the log", async () => {
  const log = createArrayLog();
  const clock = createFakeClock();
  const fanOut = createFanOut({ clock, head: log.head, onCommit: log.onCommit });
  const outlet = createOutlet();
  const stream = new EventStream({ clock, fanOut, outlet, bufferBytes: 100_000, head: log.head, readLog: log.readLog });
  stream.start(channelSet(["*"]), 0);
  log.append(Array.from({ length: 80 }, (_, index) => toDraft(index + 1, "x.a.one", undefined, 40_000)));
  assert.ok(outlet.unsentBytes() < 1_200_000);
  while (outlet.unsentBytes() > 0) {
    outlet.drain();
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual(
    outlet.events().map((event) => event.seq),
    Array.from({ length: 80 }, (_, index) => index + 1),
  );
});

test("a frame holds its text at every size of header", () => {
  for (const size of [0, 1, 125, 126, 65_535, 65_536, 100_000]) {
    const frame = textFrame("é".repeat(Math.floor(size / 2)) + "x".repeat(size % 2));
    const header = size < 126 ? 2 : size < 65_536 ? 4 : 10;
    assert.equal(frame.length, header + size);
    const said = header === 2 ? frame[1] : header === 4 ? frame.readUInt16BE(2) : Number(frame.readBigUInt64BE(2));
    assert.deepEqual([frame[0], said], [0x81, size]);
  }
});

test("frames of every size of header become one, an array; a single one stays what it is", () => {
  const values = [7, "x".repeat(200), ["é".repeat(40_000)], {}];
  const frames = values.map((value) => textFrame(JSON.stringify(value)));
  assert.deepEqual(joinedFrame(Buffer.concat(frames)), textFrame(JSON.stringify(values)));
  assert.equal(joinedFrame(frames[1]!), frames[1]);
});

/** What a client must get. What it let go of while behind may have arrived or not. */
class Expectation {
  #channels = new Set<string>();
  #must = new Set<number>();
  #may = new Set<number>();

  happened(event: StoredEvent): void {
    if (carries(channelSet(this.#channels), event)) this.#must.add(event.seq);
  }

  start(channels: ReadonlySet<string>, since: readonly StoredEvent[]): void {
    this.#channels = new Set(channels);
    this.#must.clear();
    this.#may.clear();
    for (const event of since) this.happened(event);
  }

  add(channels: readonly string[]): void {
    for (const channel of channels) this.#channels.add(channel);
  }

  remove(channels: readonly string[], received: readonly StoredEvent[]): void {
    for (const channel of channels) this.#channels.delete(channel);
    const has = new Set(received.map((event) => event.seq));
    for (const seq of this.#must) if (!has.has(seq)) this.#may.add(seq);
    for (const seq of this.#may) this.#must.delete(seq);
  }

  check(received: readonly number[]): void {
    assert.deepEqual(
      received,
      [...new Set(received)].toSorted((a, b) => a - b),
      "once and in order",
    );
    assert.deepEqual(
      [...this.#must].filter((seq) => !received.includes(seq)),
      [],
      "nothing is missing",
    );
    assert.deepEqual(
      received.filter((seq) => !this.#must.has(seq) && !this.#may.has(seq)),
      [],
      "nothing was not asked for",
    );
  }
}

/** A socket whose other side reads when it is told to. */
function createOutlet(): Outlet & { drain(): void; forget(): void; peak(): number; events(): StoredEvent[] } {
  let unsent = 0;
  let peak = 0;
  let bytes: Buffer[] = [];
  let waiting: (() => void)[] = [];
  return {
    write(buffer) {
      bytes.push(buffer);
      unsent += buffer.length;
      peak = Math.max(peak, unsent);
    },
    unsentBytes: () => unsent,
    drained: () => (unsent === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    isOpen: () => true,
    takeLiveDropped: () => 0,
    fail: (error) => assert.fail(String(error)),
    drain() {
      unsent = 0;
      const resolved = waiting;
      waiting = [];
      for (const resolve of resolved) resolve();
    },
    forget: () => void (bytes = []),
    peak: () => peak,
    events: () => framesIn(Buffer.concat(bytes)).filter((frame) => frame.type.includes(".")),
  };
}

function framesIn(bytes: Buffer): StoredEvent[] {
  const frames: StoredEvent[] = [];
  let at = 0;
  while (at < bytes.length) {
    const short = bytes[at + 1]!;
    const start = at + (short < 126 ? 2 : short === 126 ? 4 : 10);
    const size = short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
    frames.push(...[JSON.parse(bytes.toString("utf8", start, start + size)) as StoredEvent | StoredEvent[]].flat());
    at = start + size;
  }
  return frames;
}

function toDraft(n: number, type: (typeof types)[number], session: string | undefined, pad: number): EventDraft {
  return {
    id: `e${n}`,
    type,
    timestamp: "2026-11-20T09:46:24.031Z",
    source: "test/api",
    ...(session === undefined ? {} : { session_id: session as SessionId }),
    data: { pad: "x".repeat(pad) },
  };
}

function report<T>(write: (text: string) => void, details: fc.RunDetails<T>): void {
  write(`seed ${details.seed}`);
  if (details.failed) throw new Error(fc.defaultReportMessage(details));
}
