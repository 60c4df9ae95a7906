import { existsSync } from "node:fs";
import type { EventDraft } from "../../contract/events/index.ts";
import type { Replay } from "../../formats/claude/replay.ts";
import { translateLine } from "../../formats/claude/transcript.ts";
import { toTimestamp, type Clock } from "../../lib/clock.ts";
import { textHash } from "../../lib/text-hash.ts";
import { rejection, sampleOf, translated } from "../rejection.ts";
import type { Intake, Tally } from "../source.ts";
import { findFork } from "./find-fork.ts";
import { readMeta } from "./read-meta.ts";
import type { Position } from "./position.ts";
import type { Positions } from "./positions.ts";
import { openTranscript, type Batch, type Item, type TranscriptReader } from "./read-transcript.ts";
import { createStore, type Store } from "./store.ts";
import { spilledOf } from "./read-spilled.ts";

/** A file of a session that may have something new. */
export interface SessionFile {
  readonly path: string;
  readonly kind: "main" | "agent" | "meta";
  readonly sessionId?: string | undefined;
  readonly agentId?: string | undefined;
  /** What the file is, whatever its path. */
  readonly dev: number;
  readonly ino: number;
}

export interface Reading extends Pick<Intake, "append"> {
  readonly clock: Clock;
  readonly positions: Positions;
  readonly tally: Tally;
  readonly signal: AbortSignal;
  /** Whether the lines are being written now: then their age is the lag. */
  readonly isLive: boolean;
  /** Called for a file that could not be read, with the error, and for one that could. */
  readonly outcome: (path: string, error?: unknown) => Promise<void> | void;
}

const FORMAT = "claude-code/transcript";
const BUFFER_BYTES = 4 * 1024 * 1024;
const MAX_CHUNK_BYTES = 256 * 1024;
const MIN_CHUNK_BYTES = 64 * 1024;
/** Bad lines of one file that are told one by one; after these, each time their number doubles. */
const TOLD_ONE_BY_ONE = 20;

/** One file in the merge: what it says next. */
interface Lane {
  readonly file: SessionFile;
  readonly reader: TranscriptReader;
  readonly replay: Replay | undefined;
  /** The position behind all earlier batches. */
  base: Position;
  batch: Batch | undefined;
  used: number;
}

/** Something that is said about a session beside its lines, with its time. */
interface Aside {
  readonly at: string;
  readonly events: readonly EventDraft[];
  readonly done: () => void;
}

/**
 * Reads what is new in the files of one session and stores it, the lines of all files merged by their time. A position is saved when the log
 * has acknowledged what stands before it; after a failure the files are read again from there, and deterministic ids keep events single.
 */
export async function readSession(files: readonly SessionFile[], reading: Reading): Promise<void> {
  const store = createStore(reading);
  const chunkBytes = Math.max(MIN_CHUNK_BYTES, Math.min(MAX_CHUNK_BYTES, Math.floor(BUFFER_BYTES / Math.max(1, files.length))));
  const lanes: Lane[] = [];
  try {
    for (const file of files) {
      if (file.kind === "meta") continue;
      const lane = await attempt(file.path, reading, () => openLane(file, chunkBytes, reading.positions));
      if (lane === undefined) continue;
      lanes.push(lane);
      await refill(lane, reading);
    }
    const asides: Aside[] = [];
    for (const file of [...files, ...passedOver(lanes, files)]) {
      if (file.kind === "meta") asides.push(...((await attempt(file.path, reading, () => asidesOf(file, lanes, reading))) ?? []));
    }
    await merge(lanes, asides, { reading, store });
    await store.settled();
  } finally {
    await Promise.all(lanes.map((lane) => lane.reader.close()));
  }
}

async function merge(
  lanes: readonly Lane[],
  asides: Aside[],
  { reading, store }: { readonly reading: Reading; readonly store: Store },
): Promise<void> {
  asides.sort((a, b) => (a.at < b.at ? -1 : 1));
  const waiting = new Set(lanes.filter(hasItem));
  while (!reading.signal.aborted) {
    const lane = earliest(waiting);
    const aside = asides[0];
    if (aside !== undefined && (lane === undefined || aside.at <= nextAt(lane))) {
      asides.shift();
      store.add(aside.events, aside.done);
    } else if (lane !== undefined) {
      const item = lane.batch!.items[lane.used++]!;
      const spilled = item.problem === undefined ? spilledOf(item.record, lane.file.path) : undefined;
      sayItem(spilled === undefined ? item : { ...item, record: await spilled() }, lane, { reading, store });
      if (!hasItem(lane)) await refill(lane, reading);
      if (!hasItem(lane)) waiting.delete(lane);
    } else {
      break;
    }
    if (store.isFull()) await store.flush(() => savePositions(lanes, reading));
  }
  await store.flush(() => savePositions(lanes, reading));
}

/** With few lanes a scan is as quick as a heap. Of equal times the file that was named first goes first. */
function earliest(lanes: ReadonlySet<Lane>): Lane | undefined {
  let first: Lane | undefined;
  for (const lane of lanes) if (first === undefined || nextAt(lane) < nextAt(first)) first = lane;
  return first;
}

function nextAt(lane: Lane): string {
  return lane.batch!.items[lane.used]!.at;
}

function hasItem(lane: Lane): boolean {
  return lane.batch !== undefined && lane.used < lane.batch.items.length;
}

function sayItem(item: Item, { file, replay }: Lane, { reading, store }: { readonly reading: Reading; readonly store: Store }): void {
  reading.tally.record();
  let { problem } = item;
  if (problem === undefined) {
    const told = translated(() =>
      translateLine(item.record, {
        sessionId: file.sessionId,
        agentId: file.agentId,
        path: file.path,
        replay,
        readAt: item.at || toTimestamp(reading.clock.now()),
      }),
    );
    store.add(told.events, undefined, item.at);
    if (told.problem === undefined) return;
    problem = `line ${item.number}: ${told.problem}`;
  }
  reading.tally.rejected();
  const count = tellCount(item.rejected);
  if (count === 0) return;
  const sample = item.sample ?? sampleOf(item.record);
  const key = `${textHash(`${file.path} ${sample}`)}:${item.number}`;
  const told = rejection({
    format: FORMAT,
    reason: `${problem}, in ${file.path}`,
    sample,
    key,
    at: toTimestamp(reading.clock.now()),
    ...(count === 1 ? {} : { count }),
  });
  store.add([told]);
}

/** For how many bad lines the `nth` one speaks: itself, those since the last that spoke, or none. */
function tellCount(nth: number): number {
  if (nth <= TOLD_ONE_BY_ONE) return 1;
  if ((nth & (nth - 1)) !== 0) return 0;
  return nth / 2 < TOLD_ONE_BY_ONE ? nth - TOLD_ONE_BY_ONE : nth / 2;
}

async function openLane(file: SessionFile, chunkBytes: number, positions: Positions): Promise<Lane> {
  const saved = positions.get(file.path) ?? positions.moved(file);
  const reader = await openTranscript(file.path, saved, chunkBytes);
  try {
    const isNew = reader.start.offset === 0 && file.kind === "main";
    const replay = isNew ? await findFork(file.path) : reader.start.replay;
    return { file, reader, replay, base: reader.start, batch: undefined, used: 0 };
  } catch (error) {
    await reader.close();
    throw error;
  }
}

/** Goes to the next piece that says something; pieces of nothing but noise only move the position. */
async function refill(lane: Lane, reading: Reading): Promise<void> {
  await attempt(lane.file.path, reading, async () => {
    do {
      if (lane.batch !== undefined) lane.base = lane.batch.positionAfter(lane.batch.items.length);
      lane.used = 0;
      lane.batch = undefined;
      lane.batch = await lane.reader.next();
    } while (lane.batch !== undefined && lane.batch.items.length === 0 && !reading.signal.aborted);
  });
}

/** The positions as they are now, to be saved when what was taken so far is stored. */
function savePositions(lanes: readonly Lane[], { positions }: Reading): () => void {
  const reached = lanes.map(
    ({ file, base, batch, used, replay }) =>
      [file.path, { ...(used === 0 || batch === undefined ? base : batch.positionAfter(used)), replay }] as const,
  );
  return () => {
    for (const [path, position] of reached) {
      const saved = positions.get(path);
      if (saved?.offset !== position.offset || saved.ino !== position.ino || saved.mtime_ms !== position.mtime_ms)
        positions.set(path, position);
    }
  };
}

/** Side files that were there before the agent's lines, which begin only now. */
function passedOver(lanes: readonly Lane[], files: readonly SessionFile[]): readonly SessionFile[] {
  const begun = lanes.filter(({ file, reader }) => file.kind === "agent" && reader.start.offset === 0);
  const asides = begun.map(({ file }) => ({ ...file, kind: "meta" as const, path: file.path.replace(/\.jsonl$/, ".meta.json") }));
  const given = new Set(files.map(({ path }) => path));
  return asides.filter(({ path }) => !given.has(path) && existsSync(path));
}

async function asidesOf(file: SessionFile, lanes: readonly Lane[], { positions }: Reading): Promise<Aside[]> {
  const lane = lanes.find((lane) => lane.file.kind === "agent" && lane.file.agentId === file.agentId);
  const own = file.path.replace(/\.meta\.json$/, ".jsonl");
  const known = lane?.base ?? positions.get(own);
  const first = known?.first_at ?? (lane !== undefined && hasItem(lane) ? nextAt(lane) || undefined : undefined);
  const { spawned, ended, version, writtenAt, spawnedAt } = await readMeta(file, first);
  if (positions.version(file.path) === version) return [];
  // A session that begins with /clear gets the notes of the one before about agents that are over, and not what they did.
  if (ended.length > 0 && !existsSync(own)) return [];
  const done = () => positions.setVersion(file.path, version);
  return [
    { at: spawnedAt, events: spawned, done: ended.length === 0 ? done : () => undefined },
    ...(ended.length === 0 ? [] : [{ at: writtenAt, events: ended, done }]),
  ];
}

/** Runs `work` on one file. A file that fails is reported and left for later; the others go on. */
async function attempt<T>(path: string, reading: Reading, work: () => Promise<T>): Promise<T | undefined> {
  try {
    const result = await work();
    await reading.outcome(path);
    return result;
  } catch (error) {
    await reading.outcome(path, error);
    return undefined;
  }
}
