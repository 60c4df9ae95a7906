import type { EventDraft } from "../../contract/events/index.ts";
import type { Translation } from "../../formats/translation.ts";
import { toTimestamp } from "../../lib/clock.ts";
import { textHash } from "../../lib/text-hash.ts";
import { appendApart } from "../append-apart.ts";
import { createReceiptTimes } from "../receipt-times.ts";
import { refusals, rejection, sampleOf, translated } from "../rejection.ts";
import { createTally, type Intake, type Source } from "../source.ts";

/** One record as it was posted; `received_at` when its sender received it earlier, and delivers it now. */
export interface HookRecord {
  readonly body: unknown;
  readonly received_at?: string;
}

/** What reads the records of one format, one after the other. `state` is plain data from which another one goes on. */
export interface RecordReader<S> {
  translate(record: unknown, receivedAt: string): Translation;
  readonly state: S;
}

interface Options<S> extends Pick<Intake, "append" | "clock"> {
  readonly name: string;
  readonly format: string;
  /** One whose state is undefined reads each record by itself: then deliveries are stored beside each other. */
  readonly open: (saved: S | undefined) => RecordReader<S>;
  /** Where the state outlives the process. */
  readonly memory?: { load(): S | undefined; save(state: S, before: S): void };
  /** Senders that run beside each other overtake each other: records wait this long and are read in the order of `timeOf`. */
  readonly gather?: { readonly ms: number; readonly timeOf: (body: unknown) => string };
}

/** A source whose records are POSTed to the daemon. */
export interface Posted extends Source {
  /** Takes what was POSTed: `{bodies}`, each a record, or `{received_at, body}` from a sender. */
  readonly handle: (input: { readonly bodies: readonly unknown[] }) => Promise<void>;
  /** Takes records that waited in a spool. */
  readonly take: (records: readonly HookRecord[]) => Promise<void>;
}

const CANARY = "OrreryCanary";

/**
 * Whatever was sent is answered with success, so that the agent is never held up: what cannot be read becomes `source.rejected`. Only a log
 * that cannot take more is an error to the sender; the reader then forgets what it learnt from those records, as they will come again.
 */
export function createPosted<S>({ append, clock, name, format, open, memory, gather }: Options<S>): Posted {
  const tally = createTally(name, format, clock);
  const receipts = createReceiptTimes(clock);
  const abort = new AbortController();
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  let reader = open(memory?.load());
  let hasArrived = false;
  /** What a record says depends on those before it, so one delivery is stored before the next is read. */
  let line: Promise<unknown> = Promise.resolve();
  let gathering: { readonly records: HookRecord[]; readonly done: Promise<void> } | undefined;

  function take(records: readonly HookRecord[]): Promise<void> {
    tally.record(records.length);
    hasArrived ||= records.length > 0;
    const dated = records.map(({ body, received_at }) => ({
      body,
      received_at: carriedTime(received_at) ?? receipts.next(fieldOf(body, "session_id")),
    }));
    if (gather === undefined) return inLine(dated);
    const { timeOf, ms } = gather;
    if (gathering !== undefined) {
      gathering.records.push(...dated);
      return gathering.done;
    }
    const waiting = [...dated];
    const done = clock.sleep(ms, abort.signal).then(ordered, ordered);
    gathering = { records: waiting, done };
    return done;

    function ordered(): Promise<void> {
      gathering = undefined;
      const keyed = waiting.map((record) => ({ record, at: timeOf(record.body) }));
      return inLine(keyed.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)).map(({ record }) => record));
    }
  }

  function inLine(records: readonly Required<HookRecord>[]): Promise<void> {
    if (memory === undefined && reader.state === undefined) return readAndStore(records);
    const taken = line.then(() => readAndStore(records));
    line = taken.catch(() => undefined);
    return taken;
  }

  async function readAndStore(records: readonly Required<HookRecord>[]): Promise<void> {
    const before = reader.state;
    const drafts = records.flatMap(translate);
    try {
      if (drafts.length > 0) await store(drafts);
    } catch (error) {
      reader = open(before);
      throw error;
    }
    if (reader.state !== before) memory?.save(reader.state, before);
  }

  async function store(drafts: readonly EventDraft[]): Promise<void> {
    const outcomes = await appendApart(append, drafts);
    tally.stored(drafts, outcomes, Date.parse(drafts.at(-1)!.timestamp));
    const refused = refusals(drafts, outcomes);
    if (refused.length > 0) await append(refused);
  }

  function rejected(reason: string, body: unknown, at: string): EventDraft {
    tally.rejected();
    const sample = sampleOf(body);
    return rejection({ format, reason, sample, key: `${at} ${textHash(sample)}`, at });
  }

  function translate({ body, received_at }: Required<HookRecord>): readonly EventDraft[] {
    if (fieldOf(body, "hook_event_name") === CANARY) return [canaryArrived(String(fieldOf(body, "canary")).slice(0, 100), received_at)];
    const unparsable = fieldOf(body, "$unparsable");
    const { events, problem } =
      typeof unparsable === "string" ? { events: [], problem: unparsable } : translated(() => reader.translate(body, received_at));
    return problem === undefined ? events : [...events, rejected(problem, body, received_at)];
  }

  function canaryArrived(canary: string, at: string): EventDraft {
    return { id: `source:${canary}:connected`, type: "source.connected", timestamp: at, source: format, data: { format, canary } };
  }

  return {
    take,
    handle: ({ bodies }) => take((Array.isArray(bodies) ? bodies : []).map(opened)),
    status: () => tally.status(abort.signal.aborted ? "stopped" : hasArrived ? "connected" : "waiting"),
    async run(signal) {
      if (signal.aborted) end();
      signal.addEventListener("abort", () => end(), { once: true });
      await ended;
      abort.abort();
      await line;
    },
    async stop() {
      end();
      abort.abort();
      await line;
    },
  };
}

/** The memory of a reader whose state is one value. */
export function noteMemory<S>(notes: Intake["notes"], key: string): { load(): S | undefined; save(state: S): void } {
  return {
    load: () => parsedNote<S>(notes.get(key)),
    save: (state) => notes.set(key, JSON.stringify(state)),
  };
}

/** The memory of a reader whose state is a record: one note per entry, so that a change of one writes only that. */
export function recordMemory<V>(
  notes: Intake["notes"],
  prefix: string,
  limit: number,
): { load(): Readonly<Record<string, V>>; save(state: Readonly<Record<string, V>>, before: Readonly<Record<string, V>>): void } {
  return {
    load: () =>
      Object.fromEntries(
        notes.list(prefix).flatMap(([key, note]) => {
          const value = parsedNote<V>(note);
          return value === undefined ? [] : [[key.slice(prefix.length), value]];
        }),
      ),
    save(state, before) {
      for (const [key, value] of Object.entries(state))
        if (!Object.hasOwn(before, key) || before[key] !== value) notes.set(`${prefix}${key}`, JSON.stringify(value));
      const known = notes.list(prefix);
      for (const [key] of known.slice(0, Math.max(0, known.length - limit)))
        if (state[key.slice(prefix.length)] === before[key.slice(prefix.length)]) notes.delete(key);
    },
  };
}

/** A damaged note counts as none. */
function parsedNote<V>(note: string | undefined): V | undefined {
  try {
    return note === undefined ? undefined : (JSON.parse(note) as V);
  } catch {
    return undefined;
  }
}

function fieldOf(body: unknown, name: string): unknown {
  return typeof body === "object" && body !== null ? (body as Readonly<Record<string, unknown>>)[name] : undefined;
}

/** The envelope in which a sender posts a body together with the time it had it. */
function opened(item: unknown): HookRecord {
  const { body, received_at } = (item ?? {}) as Partial<HookRecord>;
  return typeof received_at === "string" && body !== undefined ? { body, received_at } : { body: item };
}

/** A time that came with its body stands as it is: delivered twice, the body must give the same events. */
function carriedTime(at: string | undefined): string | undefined {
  const ms = at === undefined ? Number.NaN : Date.parse(at);
  return Number.isNaN(ms) ? undefined : toTimestamp(ms);
}
