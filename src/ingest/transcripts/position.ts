import { z } from "zod";
import { textHash } from "../../lib/text-hash.ts";

/** Bytes before a position by which it is recognised: enough for a line's uuid and time. */
export const TAIL_BYTES = 512;

/**
 * How far a file was read. Saved only after the log acknowledged what stood before it. `head` and `tail` are hashes of the file's first bytes
 * and of those just before `offset`: a file that was replaced, cut or rewritten does not match them and is read from its start.
 */
const Position = z.object({
  dev: z.number(),
  ino: z.number(),
  size: z.number(),
  mtime_ms: z.number(),
  offset: z.number(),
  /** Lines before `offset`, and how many of them could not be read. */
  line: z.number(),
  rejected: z.number(),
  head: z.object({ bytes: z.number(), hash: z.string() }),
  tail: z.object({ bytes: z.number(), hash: z.string() }),
  /** Times of the first and the latest line that had one. */
  first_at: z.string().optional(),
  at: z.string().optional(),
  /** `offset` is inside a line that is too long to read: what follows up to its end is skipped. */
  is_skipping: z.boolean().optional(),
  replay: z.object({ from: z.string(), until: z.string() }).optional(),
});
export type Position = z.infer<typeof Position>;

export const startOfFile: Position = {
  dev: 0,
  ino: 0,
  size: 0,
  mtime_ms: 0,
  offset: 0,
  line: 0,
  rejected: 0,
  head: { bytes: 0, hash: "" },
  tail: { bytes: 0, hash: "" },
};

export function encodePosition(position: Position): string {
  return JSON.stringify(position);
}

/** A note of an older version, or a damaged one, counts as none: the file is read again and the log knows its events. */
export function decodePosition(note: string | undefined): Position | undefined {
  if (note === undefined) return undefined;
  try {
    return Position.safeParse(JSON.parse(note)).data;
  } catch {
    return undefined;
  }
}

export function bytesHash(bytes: Buffer): string {
  return textHash(bytes.toString("latin1"));
}
