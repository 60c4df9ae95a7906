import { open, type FileHandle } from "node:fs/promises";
import { bytesHash, startOfFile, TAIL_BYTES, type Position } from "../transcripts/position.ts";
import { createLineSplitter } from "../transcripts/split-lines.ts";

/** One line of a file. Without bytes: it is too long to read. */
export interface ReadLine {
  readonly bytes: Buffer | undefined;
  readonly number: number;
  /** The position behind this line. */
  readonly after: () => Position;
}

export interface LinesReader {
  /** Where reading began: the saved position, or the start of a file that is no longer the one that was saved. */
  readonly start: Position;
  /** The next lines; undefined at the end of what is written so far. A last line without its end is not given. */
  next(): Promise<readonly ReadLine[] | undefined>;
  close(): Promise<void>;
}

const HEAD_BYTES = 512;

/** Opens a file of lines where it was left. Reads it in pieces of `chunkBytes`, whatever its size. */
export async function openLines(path: string, saved: Position | undefined, chunkBytes: number): Promise<LinesReader> {
  const handle = await open(path, "r");
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new Error("is not a file");
    const isSame = saved !== undefined && stat.size >= saved.offset && (await matches(handle, saved));
    const start: Position = { ...(isSame ? saved : startOfFile), dev: stat.dev, ino: stat.ino, size: stat.size, mtime_ms: stat.mtimeMs };
    return createReader(handle, start, chunkBytes);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function createReader(handle: FileHandle, start: Position, chunkBytes: number): LinesReader {
  const splitter = createLineSplitter({ offset: start.offset, line: start.line, isSkipping: start.is_skipping ?? false });
  let readTo = start.offset;
  let head = start.head;
  let before = Buffer.alloc(0);

  return {
    start,
    async next() {
      for (;;) {
        const stat = await handle.stat();
        const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, Math.max(0, stat.size - readTo)));
        const { bytesRead } = chunk.length === 0 ? { bytesRead: 0 } : await handle.read(chunk, 0, chunk.length, readTo);
        if (bytesRead === 0) return undefined;
        const bytes = chunk.subarray(0, bytesRead);
        // The bytes before the chunk are kept so that the tail of a line which ends early in it is whole.
        const window = Buffer.concat([before, bytes]);
        const windowStart = readTo - before.length;
        if (readTo === 0) head = { bytes: Math.min(HEAD_BYTES, bytes.length), hash: bytesHash(bytes.subarray(0, HEAD_BYTES)) };
        readTo += bytesRead;
        before = Buffer.from(window.subarray(Math.max(0, window.length - TAIL_BYTES)));
        const lines = splitter.push(bytes);
        if (lines.length === 0) continue;
        const ended = { ...start, size: stat.size, mtime_ms: stat.mtimeMs, head };
        const isSkipping = splitter.isSkipping();
        return lines.map(({ bytes: text, number, end }, index) => ({
          bytes: text,
          number,
          after: () => ({
            ...ended,
            offset: end,
            line: number,
            tail: tailOf(window, windowStart, end),
            is_skipping: isSkipping && index === lines.length - 1,
          }),
        }));
      }
    },
    close: () => handle.close(),
  };
}

function tailOf(window: Buffer, windowStart: number, offset: number): Position["tail"] {
  const end = offset - windowStart;
  const bytes = Math.min(TAIL_BYTES, end);
  return { bytes, hash: bytesHash(window.subarray(end - bytes, end)) };
}

/** Whether the file still holds what was read of it. */
async function matches(handle: FileHandle, { offset, head, tail }: Position): Promise<boolean> {
  return (await hashAt(handle, offset - tail.bytes, tail.bytes)) === tail.hash && (await hashAt(handle, 0, head.bytes)) === head.hash;
}

async function hashAt(handle: FileHandle, offset: number, length: number): Promise<string> {
  if (length === 0) return "";
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, offset);
  return bytesHash(buffer.subarray(0, bytesRead));
}
