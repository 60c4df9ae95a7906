import type { EventDraft } from "../contract/events/index.ts";
import { textHash } from "../lib/text-hash.ts";

const SAMPLE_CHARACTERS = 200;

interface Rejection {
  readonly format: string;
  readonly reason: string;
  readonly sample: string;
  /** Names the place of the record, so that reading it again tells of it once. */
  readonly key: string;
  readonly at: string;
  readonly count?: number;
}

/** The event that tells of input which could not be read. It belongs to no session: a broken record is no sign of life. */
export function rejection({ format, reason, sample, key, at, count }: Rejection): EventDraft {
  return {
    id: `source:${textHash(`${format} ${key}`)}:rejected:${key.slice(-150)}`,
    type: "source.rejected",
    timestamp: at,
    source: format,
    data: { format, reason, sample: printable(sample), ...(count === undefined ? {} : { count }) },
  };
}

/** The event that tells of a part of Orrery that could not do its work. */
export function failure(part: string, message: string, at: string): EventDraft {
  return {
    id: `system:${part}:${textHash(`${at} ${message}`)}:failed`,
    type: "system.failed",
    timestamp: at,
    source: "orrery/ingest",
    data: { part, message },
  };
}

function printable(text: string): string {
  // Lone surrogates and control characters would not survive the way to a screen.
  return text
    .slice(0, SAMPLE_CHARACTERS)
    .toWellFormed()
    .replace(/\p{Cc}/gu, "�");
}
