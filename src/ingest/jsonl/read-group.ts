import { OrreryError } from "../../contract/errors.ts";
import type { EventDraft } from "../../contract/events/index.ts";
import { toTimestamp } from "../../lib/clock.ts";
import { textHash } from "../../lib/text-hash.ts";
import { appendApart } from "../append-apart.ts";
import { refusals, rejection, sampleOf, translated } from "../rejection.ts";
import type { Intake, Tally } from "../source.ts";
import type { Position } from "../transcripts/position.ts";
import type { LineFormat } from "./follow.ts";
import type { Place, Places } from "./places.ts";
import { openLines, type LinesReader } from "./read-lines.ts";

interface Reading<S> extends Pick<Intake, "append" | "clock"> {
  readonly tally: Tally;
  readonly format: LineFormat<S>;
  readonly saved: Places<S>;
  readonly signal: AbortSignal;
  /** Whether the lines are being written now: then their age is the lag. */
  readonly isLive: boolean;
  readonly stored: (drafts: readonly EventDraft[]) => void;
  /** Called for a file that could not be read, with the error, and for one that could. */
  readonly outcome: (path: string, error?: unknown) => void;
}

/** What one line says, and where reading stands behind it. `at` never goes back within a file. */
interface Item<S> {
  readonly at: string;
  readonly events: readonly EventDraft[];
  readonly after: () => Place<S>;
}

interface Lane<S> {
  readonly path: string;
  readonly reader: LinesReader;
  readonly next: () => Promise<readonly Item<S>[] | undefined>;
  items: readonly Item<S>[];
  used: number;
  reached: (() => Place<S>) | undefined;
}

const CHUNK_BYTES = 128 * 1024;
const EVENTS_PER_APPEND = 250;
const BUSY_MS = 50;
/** Bad lines of one file that are told one by one; after these, each time their number doubles. */
const TOLD_ONE_BY_ONE = 20;

/** Reads what is new in files that belong together and stores it, their lines merged by time. A file that fails keeps no other out. */
export async function readGroup<S>(paths: readonly string[], reading: Reading<S>): Promise<void> {
  const lanes: Lane<S>[] = [];
  try {
    for (const path of paths) {
      const lane = await attempt(path, reading, () => openLane(path, reading));
      if (lane === undefined) continue;
      lanes.push(lane);
      await refill(lane, reading);
    }
    let drafts: EventDraft[] = [];
    let lastAt = "";
    while (!reading.signal.aborted) {
      const lane = earliest(lanes);
      if (lane === undefined) break;
      const item = lane.items[lane.used++]!;
      drafts.push(...item.events);
      lane.reached = item.after;
      lastAt = item.at;
      if (lane.used === lane.items.length) await refill(lane, reading);
      if (drafts.length < EVENTS_PER_APPEND) continue;
      await store(drafts, lastAt, lanes, reading);
      drafts = [];
    }
    await store(drafts, lastAt, lanes, reading);
  } finally {
    await Promise.all(lanes.map((lane) => lane.reader.close()));
  }
}

/** With few lanes a scan is as quick as a heap. Of equal times the file that was named first goes first. */
function earliest<S>(lanes: readonly Lane<S>[]): Lane<S> | undefined {
  let first: Lane<S> | undefined;
  for (const lane of lanes) {
    if (lane.used >= lane.items.length) continue;
    if (first === undefined || lane.items[lane.used]!.at < first.items[first.used]!.at) first = lane;
  }
  return first;
}

async function store<S>(drafts: readonly EventDraft[], lastAt: string, lanes: readonly Lane<S>[], reading: Reading<S>): Promise<void> {
  const { append, tally, clock, signal, saved, isLive } = reading;
  const reached = lanes.map(({ path, reached: place }) => [path, place] as const);
  while (drafts.length > 0) {
    try {
      const outcomes = await appendApart(append, drafts);
      tally.stored(drafts, outcomes, isLive && lastAt !== "" ? Date.parse(lastAt) : undefined);
      const refused = refusals(drafts, outcomes);
      if (refused.length > 0) await append(refused);
      reading.stored(drafts);
      break;
    } catch (error) {
      if (!(error instanceof OrreryError && error.code === "LOG_BUSY")) throw error;
      await clock.sleep(BUSY_MS, signal);
    }
  }
  for (const [path, place] of reached) if (place !== undefined) saved.set(path, place());
  for (const lane of lanes) lane.reached = undefined;
}

async function openLane<S>(path: string, reading: Reading<S>): Promise<Lane<S>> {
  const { format, saved, clock, tally } = reading;
  const before = saved.get(path);
  const reader = await openLines(path, before?.position, CHUNK_BYTES);
  const translator = format.open(reader.start.offset === 0 ? undefined : before?.state);
  let { at = "", rejected } = reader.start;

  async function next(): Promise<readonly Item<S>[] | undefined> {
    const lines = await reader.next();
    return lines?.map(({ bytes, number, after }) => {
      const events = bytes === undefined ? told(number, "is too long to read", "") : read(bytes, number);
      const { state } = translator;
      const here: Pick<Position, "at" | "rejected"> = { rejected, ...(at === "" ? {} : { at }) };
      return { at, events, after: () => ({ position: { ...after(), ...here }, state }) };
    });
  }

  function read(bytes: Buffer, number: number): readonly EventDraft[] {
    const text = number === 1 ? bytes.toString("utf8").replace(/^\uFEFF/, "") : bytes.toString("utf8");
    if (text.trim() === "") return [];
    tally.record();
    let record: unknown;
    try {
      record = JSON.parse(text);
    } catch {
      return told(number, "is not JSON", text);
    }
    const written = timeOf(record, format);
    if (written !== undefined && written > at) at = written;
    const { events, problem } = translated(() => translator.translate(record, at || toTimestamp(clock.now())));
    return problem === undefined ? events : [...events, ...told(number, problem, sampleOf(record))];
  }

  function told(number: number, what: string, sample: string): readonly EventDraft[] {
    tally.rejected();
    rejected++;
    if (rejected > TOLD_ONE_BY_ONE && (rejected & (rejected - 1)) !== 0) return [];
    const key = `${textHash(`${path} ${sample}`)}:${number}`;
    return [rejection({ format: format.name, reason: `line ${number}: ${what}, in ${path}`, sample, key, at: toTimestamp(clock.now()) })];
  }

  return { path, reader, next, items: [], used: 0, reached: undefined };
}

async function refill<S>(lane: Lane<S>, reading: Reading<S>): Promise<void> {
  lane.items = [];
  lane.used = 0;
  const items = await attempt(lane.path, reading, lane.next);
  if (items !== undefined) lane.items = items;
}

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

function timeOf<S>(record: unknown, format: LineFormat<S>): string | undefined {
  const at = format.timeOf === undefined ? (record as { readonly timestamp?: unknown } | null)?.timestamp : format.timeOf(record);
  return typeof at === "string" && ISO.test(at) ? toTimestamp(Date.parse(at)) : undefined;
}

/** Runs `work` on one file. A file that fails is reported and left for later; the others go on. */
async function attempt<S, T>(path: string, reading: Reading<S>, work: () => Promise<T>): Promise<T | undefined> {
  try {
    const result = await work();
    reading.outcome(path);
    return result;
  } catch (error) {
    reading.outcome(path, error);
    return undefined;
  }
}
