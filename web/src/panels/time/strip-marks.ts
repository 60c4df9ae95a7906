import type { OutputFor } from "../../../../src/contract/operations/index.ts";
import type { EventMarkKind } from "../../../../src/projections/event-marks.ts";

export interface StripMark {
  readonly atMs: number;
  readonly kind: EventMarkKind;
  readonly words: string;
  /** Of a single mark, the event that told it and whose it is; a mark of a long window counts several. */
  readonly seq?: number;
  readonly session_id?: string;
  readonly agent_id?: string;
}

type Activity = OutputFor<"activity.get">;

/** Moments worth finding: each one where the daemon names them, else those that the buckets count. Oldest first. */
export function stripMarks(activity: Activity | undefined): StripMark[] {
  if (activity === undefined) return [];
  if (activity.marks === undefined) return bucketMarks(activity);
  return activity.marks.map(({ at, ...mark }) => ({ ...mark, atMs: Date.parse(at) })).toSorted((a, b) => a.atMs - b.atMs || a.seq - b.seq);
}

const one: Readonly<Record<EventMarkKind, string>> = { error: "error", ask: "wait for you", spawn: "new agent" };
const many: Readonly<Record<EventMarkKind, string>> = { error: "errors", ask: "waits for you", spawn: "new agents" };

export function countWords(kind: EventMarkKind, count: number): string {
  return `${count} ${(count === 1 ? one : many)[kind]}`;
}

function bucketMarks({ buckets, bucket_ms }: Activity): StripMark[] {
  return buckets.flatMap(({ at, errors, asks, spawns }) => {
    const atMs = Date.parse(at) + bucket_ms / 2;
    const of = (kind: EventMarkKind, count: number): StripMark[] => (count > 0 ? [{ atMs, kind, words: countWords(kind, count) }] : []);
    return [...of("error", errors), ...of("ask", asks), ...of("spawn", spawns)];
  });
}
