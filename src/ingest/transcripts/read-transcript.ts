import { open, type FileHandle } from "node:fs/promises";
import { isWorthParsing } from "../../formats/claude/worth-parsing.ts";
import { bytesHash, startOfFile, TAIL_BYTES, type Position } from "./position.ts";
import { createLineSplitter } from "./split-lines.ts";

/** A line that says something, or that could not be read. `at` never goes back within a file. */
export interface Item {
  readonly record?: unknown;
  readonly problem?: string;
  readonly sample?: string;
  readonly at: string;
  readonly end: number;
  readonly number: number;
  /** Lines up to here, this one included, that could not be read. */
  readonly rejected: number;
}

/** The items of one piece of a file. */
export interface Batch {
  readonly items: readonly Item[];
  /** The position after item `count` of this batch; after all of them, also after the noise behind the last. */
  positionAfter(count: number): Position;
}

export interface TranscriptReader {
  /** Where reading began: the saved position, or the start of a file that is no longer the one that was saved. */
  readonly start: Position;
  /** The next piece with at least one whole line; undefined at the end of what is written so far. */
  next(): Promise<Batch | undefined>;
  close(): Promise<void>;
}

const HEAD_BYTES = 512;
const MIN_READ_BYTES = 4 * 1024;
const SAMPLE_BYTES = 400;

/** Opens a transcript where it was left. Reads it in pieces of `chunkBytes`, whatever its size. */
export async function openTranscript(path: string, saved: Position | undefined, chunkBytes: number): Promise<TranscriptReader> {
  const handle = await open(path, "r");
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new Error("is not a file");
    const isSame =
      saved !== undefined && stat.size >= saved.offset && (await matches(handle, saved, stat.ino !== saved.ino || stat.dev !== saved.dev));
    const start: Position = { ...(isSame ? saved : startOfFile), dev: stat.dev, ino: stat.ino, size: stat.size, mtime_ms: stat.mtimeMs };
    return createReader(handle, start, chunkBytes);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function createReader(handle: FileHandle, start: Position, chunkBytes: number): TranscriptReader {
  const splitter = createLineSplitter({ offset: start.offset, line: start.line, isSkipping: start.is_skipping ?? false });
  let position = start;
  let readTo = start.offset;
  let head = start.head;
  /** Asked again when all that was there has been read. */
  let written: { readonly size: number; readonly mtimeMs: number } = { size: start.size, mtimeMs: start.mtime_ms };
  let before = Buffer.alloc(0);

  return {
    start,
    async next() {
      for (;;) {
        const expected = Math.min(chunkBytes, Math.max(MIN_READ_BYTES, written.size - readTo));
        const chunk = Buffer.allocUnsafe(expected);
        const { bytesRead } = await handle.read(chunk, 0, expected, readTo);
        if (bytesRead === 0) return undefined;
        if (readTo + bytesRead >= written.size) written = await handle.stat();
        const bytes = chunk.subarray(0, bytesRead);
        // The bytes before the chunk are kept so that the tail of a line which ends early in it is whole.
        const window = Buffer.concat([before, bytes]);
        const windowStart = readTo - before.length;
        if (readTo === 0) head = headOf(bytes);
        readTo += bytesRead;
        before = Buffer.from(window.subarray(Math.max(0, window.length - TAIL_BYTES)));
        const lines = splitter.push(bytes);
        if (lines.length === 0) {
          if (!splitter.isSkipping()) continue;
          position = { ...position, head, offset: readTo, is_skipping: true, tail: tailOf(window, windowStart, readTo) };
          return { items: [], positionAfter: () => position };
        }
        const base = { ...position, size: written.size, mtime_ms: written.mtimeMs, head };
        const batch = toBatch(lines, { base, window, windowStart, isSkipping: splitter.isSkipping(), lastLine: splitter.line() });
        position = batch.positionAfter(batch.items.length);
        return batch;
      }
    },
    close: () => handle.close(),
  };
}

interface Piece {
  readonly base: Position;
  readonly window: Buffer;
  readonly windowStart: number;
  readonly isSkipping: boolean;
  readonly lastLine: number;
}

function toBatch(lines: ReturnType<ReturnType<typeof createLineSplitter>["push"]>, piece: Piece): Batch {
  const { base } = piece;
  const items: Item[] = [];
  let at = base.at;
  let firstAt = base.first_at;
  let rejected = base.rejected;
  for (const { bytes, end, number } of lines) {
    if (bytes === undefined) {
      items.push({ problem: `line ${number} is too long to read`, sample: "", at: at ?? "", end, number, rejected: ++rejected });
      continue;
    }
    if (!isWorthParsing(bytes)) continue;
    const text = withoutMark(bytes.toString("utf8"), number);
    let record: unknown;
    try {
      record = JSON.parse(text);
    } catch {
      if (text.trim() === "") continue;
      items.push({
        problem: `line ${number} is not JSON`,
        sample: bytes.subarray(0, SAMPLE_BYTES).toString("utf8"),
        at: at ?? "",
        end,
        number,
        rejected: ++rejected,
      });
      continue;
    }
    const written = timeOf(record);
    if (written !== undefined) {
      firstAt ??= written;
      if (at === undefined || written > at) at = written;
    }
    items.push({ record, at: at ?? "", end, number, rejected });
  }

  const last = lines.at(-1)!;
  return {
    items,
    positionAfter(count) {
      if (count === 0 && items.length > 0) return base;
      const isAll = count >= items.length;
      const item = items[Math.min(count, items.length) - 1];
      const offset = isAll ? last.end : item!.end;
      return {
        ...base,
        offset,
        line: isAll ? piece.lastLine : item!.number,
        rejected: item?.rejected ?? base.rejected,
        tail: tailOf(piece.window, piece.windowStart, offset),
        is_skipping: isAll && piece.isSkipping,
        first_at: firstAt,
        at: isAll ? at : item!.at || undefined,
      };
    },
  };
}

function tailOf(window: Buffer, windowStart: number, offset: number): Position["tail"] {
  const end = offset - windowStart;
  const bytes = Math.min(TAIL_BYTES, end);
  return { bytes, hash: bytesHash(window.subarray(end - bytes, end)) };
}

function headOf(firstBytes: Buffer): Position["head"] {
  const head = firstBytes.subarray(0, HEAD_BYTES);
  return { bytes: head.length, hash: bytesHash(head) };
}

/** Whether the file still holds what was read of it. The head is compared only when it is another file than before. */
async function matches(handle: FileHandle, { offset, head, tail }: Position, isOtherFile: boolean): Promise<boolean> {
  if ((await hashAt(handle, offset - tail.bytes, tail.bytes)) !== tail.hash) return false;
  return !isOtherFile || (await hashAt(handle, 0, head.bytes)) === head.hash;
}

async function hashAt(handle: FileHandle, offset: number, length: number): Promise<string> {
  if (length === 0) return "";
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, offset);
  return bytesHash(buffer.subarray(0, bytesRead));
}

function withoutMark(text: string, number: number): string {
  return number === 1 && text.startsWith("\uFEFF") ? text.slice(1) : text;
}

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

function timeOf(record: unknown): string | undefined {
  const at = (record as { readonly timestamp?: unknown } | null)?.timestamp;
  return typeof at === "string" && ISO.test(at) ? at : undefined;
}
