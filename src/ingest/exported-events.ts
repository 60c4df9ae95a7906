import { open, stat } from "node:fs/promises";
import { OrreryError } from "../contract/errors.ts";
import { parseEvent, type EventDraft } from "../contract/events/index.ts";
import { toTimestamp } from "../lib/clock.ts";
import { appendApart } from "./append-apart.ts";
import { openLines, type ReadLine } from "./jsonl/read-lines.ts";
import { refusals, rejection } from "./rejection.ts";
import { createTally, type Intake, type Source, type SourceState } from "./source.ts";
import { decodePosition, encodePosition } from "./transcripts/position.ts";
import { MAX_LINE_BYTES } from "./transcripts/split-lines.ts";
import type { OnceTold } from "./once.ts";

const FORMAT = "orrery/events";
const NOTE = "exported-events:";
const CHUNK_BYTES = 256 * 1024;
const BUSY_MS = 200;
const MEGA = 1e6;

interface Options extends Intake {
  readonly path: string;
  readonly told: OnceTold;
}

/**
 * Reads a file of exported events once. Each keeps its id, so what the log has already is stored only once, whoever tells it again. Read again, it
 * goes on where it stopped, unless the file is another one now.
 */
export function createExportedEvents({ path, told, append, notes, clock, logger }: Options): Source {
  const tally = createTally(FORMAT, FORMAT, clock);
  const stopping = new AbortController();
  let state: SourceState = "connected";
  let detail: string | undefined;

  async function store(drafts: readonly EventDraft[]): Promise<void> {
    if (drafts.length === 0) return;
    for (;;) {
      try {
        const outcomes = await appendApart(append, drafts);
        tally.stored(drafts, outcomes);
        const refused = refusals(drafts, outcomes);
        if (refused.length > 0) await append(refused);
        return;
      } catch (error) {
        // The log has as much to write as it may hold: what is read from a file can wait.
        if (!(error instanceof OrreryError && error.code === "LOG_BUSY")) throw error;
        await clock.sleep(BUSY_MS, stopping.signal);
      }
    }
  }

  async function take(lines: readonly Pick<ReadLine, "bytes" | "number">[]): Promise<void> {
    const drafts: EventDraft[] = [];
    const problems: EventDraft[] = [];
    for (const { bytes, number } of lines) {
      const text = bytes?.toString("utf8").trim();
      if (text === "") continue;
      tally.record();
      const read = readEvent(text);
      if (typeof read === "object") drafts.push(read);
      else {
        tally.rejected();
        const key = `${path} ${number}`;
        problems.push(
          rejection({ format: FORMAT, reason: `line ${number}: ${read}`, sample: text ?? "", key, at: toTimestamp(clock.now()) }),
        );
      }
    }
    await store(drafts);
    if (problems.length > 0) await append(problems);
  }

  async function read(signal: AbortSignal): Promise<void> {
    const saved = decodePosition(notes.get(NOTE + path));
    const reader = await openLines(path, saved, CHUNK_BYTES);
    try {
      const { size, mtimeMs, dev, ino } = await stat(path);
      let { offset, line } = reader.start;
      if (offset < size) told.found({ path, size, mtimeMs, dev, ino }, offset);
      for (let lines = await reader.next(); lines !== undefined && !signal.aborted; lines = await reader.next()) {
        await take(lines);
        const after = lines.at(-1)!.after();
        ({ offset, line } = after);
        notes.set(NOTE + path, encodePosition(after));
        told.reached(path, offset);
        detail = `Reading ${path}: ${(offset / MEGA).toFixed(1)} of ${(size / MEGA).toFixed(1)} MB`;
      }
      if (signal.aborted || offset >= size) return;
      await take([{ bytes: await restOf(path, offset), number: line + 1 }]);
      told.reached(path, size);
    } finally {
      await reader.close();
    }
  }

  return {
    status: () => tally.status(state, detail),
    async run(signal) {
      const both = AbortSignal.any([signal, stopping.signal]);
      signal.addEventListener("abort", () => stopping.abort(), { once: true });
      try {
        await read(both);
        [state, detail] = ["stopped", undefined];
      } catch (error) {
        if (both.aborted) return;
        logger.error({ error, path }, "exported events could not be read");
        [state, detail] = ["failing", (error as Error).message];
      }
    },
    async stop() {
      stopping.abort();
    },
  };
}

/** An event, or why it is none. */
function readEvent(text: string | undefined): EventDraft | string {
  if (text === undefined) return "is too long to read";
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch (error) {
    return (error as Error).message;
  }
  const parsed = parseEvent(record);
  return parsed.ok ? parsed.draft : parsed.problems.map(({ field, message }) => `${field} ${message}`).join("; ");
}

/** The last line of a file that does not end with one; undefined where it is too long to read. */
async function restOf(path: string, offset: number): Promise<Buffer | undefined> {
  const handle = await open(path, "r");
  try {
    const bytes = Buffer.alloc(Math.min(MAX_LINE_BYTES + 1, (await handle.stat()).size - offset));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, offset);
    return bytesRead > MAX_LINE_BYTES ? undefined : bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
