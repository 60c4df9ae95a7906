import type { Place } from "./draft.ts";
import type { Fields } from "./fields.ts";
import type { Replay } from "./replay.ts";

/** What is known of a line from the file that it stands in. Lines of newer clients carry the ids themselves. */
export interface TranscriptFile {
  readonly sessionId?: string | undefined;
  readonly agentId?: string | undefined;
  readonly path?: string | undefined;
  /** From `findReplay`, for the file of a forked session. */
  readonly replay?: Replay | undefined;
  /** Time for the few line types that have none, such as titles. */
  readonly readAt?: string | undefined;
}

/** One line that says something, with its place. */
export interface Line {
  readonly record: Fields;
  readonly place: Place;
  readonly foreignAgent: string | undefined;
  readonly uuid: string;
  readonly file: TranscriptFile;
}
