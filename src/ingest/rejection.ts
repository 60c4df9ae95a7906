import { OrreryError } from "../contract/errors.ts";
import type { EventDraft } from "../contract/events/index.ts";
import type { Translation } from "../formats/translation.ts";
import { textHash } from "../lib/text-hash.ts";
import type { Appended } from "../log/log.ts";

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

/** The events that tell of those drafts which the log could not write. */
export function refusals(drafts: readonly EventDraft[], outcomes: readonly (Appended | OrreryError)[]): EventDraft[] {
  return outcomes.flatMap((outcome, index) => {
    if (!(outcome instanceof OrreryError)) return [];
    const { id, source, timestamp, type } = drafts[index]!;
    return [rejection({ format: source, reason: outcome.message, sample: type, key: id, at: timestamp })];
  });
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

/** Translates one record. One that is nested too deeply to be walked cannot be read, like any other. */
export function translated(translate: () => Translation): Translation {
  try {
    return translate();
  } catch (error) {
    return { events: [], problem: (error as Error).message };
  }
}

/** A record as text, for its sample: of one that was no JSON, the bytes that came, without what the door says of them. */
export function sampleOf(record: unknown): string {
  try {
    const { $unparsable, sample } = (record ?? {}) as { readonly $unparsable?: unknown; readonly sample?: unknown };
    if (typeof $unparsable === "string" && typeof sample === "string") return sample;
    return JSON.stringify(record) ?? String(record);
  } catch {
    return ""; // Nested too deeply to be written.
  }
}

function printable(text: string): string {
  // Lone surrogates and control characters would not survive the way to a screen.
  return text
    .slice(0, SAMPLE_CHARACTERS)
    .toWellFormed()
    .replace(/\p{Cc}/gu, "�");
}
