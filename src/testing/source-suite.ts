import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { StoredEvent } from "../contract/events/index.ts";
import { systemClock } from "../lib/clock.ts";
import { createMemoryLog } from "../log/index.ts";
import type { EventLog } from "../log/log.ts";

/** A source at work on a log. */
export interface OpenSource {
  /** Hands over one piece of input; resolves when what it says is stored. */
  give(piece: string): Promise<void>;
  close(): Promise<void>;
}

interface Suite {
  readonly open: (log: EventLog) => Promise<OpenSource>;
  /** Input as it really came, in the order in which it came: whole records, or the lines of a file that grows. */
  readonly pieces: readonly string[];
  /** The input is a stream of bytes that may be cut anywhere; otherwise it is records that may come in any order. */
  readonly kind: "stream" | "records";
  readonly runs?: number;
  /** Names of temporary files, which differ from run to run. */
  readonly temporary?: RegExp;
}

const junk = [
  "",
  "{",
  "null",
  "[]",
  "42",
  '"text"',
  "{}",
  '{"type":{}}',
  "\u0000\u0001\uFFFD",
  '{"a":'.repeat(50),
  "[".repeat(10_000),
  '{"hook_event_name":"Stop"}',
];

/** What every source of events must do. */
export function testSource(name: string, { open, pieces, kind, runs = 20, temporary = /(?!)/ }: Suite): void {
  async function eventsOf(given: readonly string[]): Promise<string[]> {
    const log = createMemoryLog({ clock: systemClock });
    await feed(open, log, given);
    const events = log.read({ limit: 1_000_000 }).filter((event) => event.type !== "source.rejected");
    await log.close();
    return events.map((event) => withoutSeq(event).replace(temporary, "")).toSorted();
  }

  test(`${name}: the same input twice gives the same events`, async () => {
    const log = createMemoryLog({ clock: systemClock });
    await feed(open, log, pieces);
    const once = idsOf(log);
    assert.ok(once.length > 0);
    await feed(open, log, pieces);
    assert.deepEqual(idsOf(log), once);
    await log.close();
  });

  if (kind === "records") {
    test(`${name}: any order of the records gives the same events`, async () => {
      const expected = await eventsOf(pieces);
      await fc.assert(
        fc.asyncProperty(fc.shuffledSubarray([...pieces], { minLength: pieces.length, maxLength: pieces.length }), async (shuffled) => {
          assert.deepEqual(await eventsOf(shuffled), expected);
        }),
        { numRuns: runs },
      );
    });
  } else {
    test(`${name}: any cutting of the stream gives the same events`, async () => {
      const whole = Buffer.from(pieces.join(""));
      const expected = await eventsOf(pieces);
      await fc.assert(
        fc.asyncProperty(fc.array(fc.nat(whole.length), { maxLength: 12 }), async (cuts) => {
          const ends = [...new Set([...cuts, whole.length])].toSorted((a, b) => a - b);
          // latin1 carries any bytes, also half of a character.
          const cut = ends.map((end, at) => whole.subarray(ends[at - 1] ?? 0, end).toString("latin1"));
          assert.deepEqual(await eventsOf(cut), expected);
        }),
        { numRuns: runs },
      );
    });
  }

  test(`${name}: junk never throws and hides nothing`, async () => {
    const expected = await eventsOf(pieces);
    const end = kind === "stream" ? "\n" : "";
    const mixed = pieces.flatMap((piece, at) => [`${junk[at % junk.length]}${end}`, piece]);
    const found = await eventsOf([...junk.map((text) => `${text}${end}`), ...mixed]);
    const real = new Set(found);
    assert.deepEqual(
      expected.filter((event) => !real.has(event)),
      [],
    );
  });
}

async function feed(open: Suite["open"], log: EventLog, pieces: readonly string[]): Promise<void> {
  const source = await open(log);
  try {
    for (const piece of pieces) await source.give(piece);
  } finally {
    await source.close();
  }
}

function withoutSeq(event: StoredEvent): string {
  return JSON.stringify({ ...event, seq: undefined });
}

function idsOf(log: EventLog): string[] {
  return log.read({ limit: 1_000_000 }).map((event) => event.id);
}
