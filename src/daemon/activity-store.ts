import { setImmediate as pause } from "node:timers/promises";
import type { StoredEvent } from "../contract/events/index.ts";
import type { EventLog } from "../log/log.ts";
import { wantedBy, type Followed } from "./followed.ts";
import { createMinuteCounts, MINUTES_PER_HOUR, type MinuteCounts } from "./minute-counts.ts";
import { createRecentActivity } from "./recent-activity.ts";
import {
  activityOf,
  bucketsFromMinutes,
  createStripCount,
  isActivity,
  minuteOf,
  type ActivityBucket,
  type ActivityCounts,
  type ActivityWindow,
  type StripCount,
} from "../projections/activity.ts";
import { createStripReader, type EventMark, type EventMarkKind } from "../projections/event-marks.ts";
import type { Session } from "../projections/session.ts";

/** The density of all time: minutes in memory, written by the hour. */
export interface ActivityStore {
  /** Counts one folded event; events that were counted before a restart are passed over. */
  count(event: StoredEvent, before: Session | undefined, after: Session | undefined): void;
  /** First and last minute with any event, milliseconds; undefined while the log is empty. */
  range(): { readonly sinceMs: number; readonly untilMs: number } | undefined;
  /** Of everything, or of what is followed. `marks` where each was looked at. */
  within(
    window: ActivityWindow,
    followed?: Followed,
  ): Promise<{ readonly buckets: readonly ActivityBucket[]; readonly marks?: readonly EventMark[] }>;
  /** Minutes since the epoch in which any of these were counted, of all or of a project, from a time on or back from it. */
  minutesWith(kinds: readonly EventMarkKind[], fromMs: number, direction: "next" | "previous", project?: string): readonly number[];
  settle(): void;
}

const PREFIX = "activity.hour.";
const OF_PROJECTS = "activity.projects.";
const FOLDED_TO = "activity.folded_to";
/** Windows up to this long are counted from their events, unless there are too many. */
const FINE_MS = 30 * 60_000;
const FINE_EVENTS = 20_000;
const READ_PAGE = 200;
const MINUTE_MS = 60_000;
const countOf = { error: "errors", ask: "asks", spawn: "spawns" } as const;
/** More could not be told apart on a strip. */
const MOST_MARKS = 400;

export function createActivityStore(log: Pick<EventLog, "read" | "notes">): ActivityStore {
  const minutes = createMinuteCounts();
  /** The same of each project, by name: what a session did before its project was told is in none. */
  const projects = new Map<string, MinuteCounts>();
  let seq = Number(log.notes.get(FOLDED_TO) ?? 0);
  let firstMinute = Infinity;
  let lastMinute = -Infinity;
  const dirtyHours = new Set<number>();

  for (const [, value] of log.notes.list(PREFIX)) {
    for (const [minute, counts] of JSON.parse(value) as [string, ActivityCounts][]) {
      minutes.put(Number(minute), counts);
      stretch(Number(minute));
    }
  }
  for (const [, value] of log.notes.list(OF_PROJECTS))
    for (const [project, minute, counts] of JSON.parse(value) as [string, string, ActivityCounts][])
      ofProject(project).put(Number(minute), counts);

  function ofProject(name: string): MinuteCounts {
    let counts = projects.get(name);
    if (counts === undefined) projects.set(name, (counts = createMinuteCounts()));
    return counts;
  }

  function stretch(minute: number): void {
    firstMinute = Math.min(firstMinute, minute);
    lastMinute = Math.max(lastMinute, minute);
  }

  const recent = createRecentActivity(FINE_EVENTS, lastMinute < firstMinute ? -Infinity : (lastMinute + 1) * MINUTE_MS);

  /** Counted from the events; of everything or of a project not when too many would have to be read. */
  async function counted(window: ActivityWindow, followed?: Followed): Promise<StripCount | undefined> {
    const { sinceMs, untilMs } = window;
    const wanted = wantedBy(followed);
    const count = createStripCount(window);
    const held = recent.since(sinceMs);
    if (held !== undefined) {
      for (const event of held) if (wanted.has(event)) count.add(event);
      return count;
    }
    if (!isOfSession(followed) && haveTooMany(window, followed)) return undefined;
    const reader = createStripReader();
    let read = 0;
    let after = 0;
    for (;;) {
      const page = log.read({ sinceMs, untilMs, after, order: "oldest", limit: READ_PAGE, ...wanted.query });
      for (const event of page) if (wanted.has(event) && isActivity(event)) count.add(reader.read(event));
      if (page.length < READ_PAGE) return count;
      read += page.length;
      if (!isOfSession(followed) && read >= FINE_EVENTS) return undefined;
      after = page.at(-1)!.seq;
      // A long session is read in many pages: others are answered in between.
      await pause();
    }
  }

  function countsOf(project: string | undefined): MinuteCounts | undefined {
    return project === undefined ? minutes : projects.get(project);
  }

  /** The minutes that lie in a window, wholly or in part. */
  function minutesIn(
    { sinceMs, untilMs }: ActivityWindow,
    followed?: Followed,
  ): Iterable<readonly [minute: number, counts: ActivityCounts]> {
    return countsOf(projectOf(followed))?.between(Math.floor(sinceMs / MINUTE_MS), Math.floor(untilMs / MINUTE_MS)) ?? [];
  }

  function haveTooMany(window: ActivityWindow, followed?: Followed): boolean {
    let sum = 0;
    for (const [, { events }] of minutesIn(window, followed)) sum += events;
    return sum >= FINE_EVENTS;
  }

  return {
    count(event, before, after) {
      if (event.seq <= seq) return;
      seq = event.seq;
      if (!isActivity(event)) return;
      recent.add(event);
      const minute = minuteOf(event);
      const counts = activityOf(event, before, after);
      minutes.add(minute, counts);
      const project = (after ?? before)?.facts.project;
      if (project !== undefined) ofProject(project).add(minute, counts);
      stretch(minute);
      dirtyHours.add(Math.floor(minute / MINUTES_PER_HOUR));
    },
    range: () => (lastMinute < firstMinute ? undefined : { sinceMs: firstMinute * 60_000, untilMs: (lastMinute + 1) * 60_000 }),
    async within(window, followed) {
      const isFine = isOfSession(followed) || window.untilMs - window.sinceMs <= FINE_MS;
      const count = isFine ? await counted(window, followed) : undefined;
      if (count === undefined) return { buckets: bucketsFromMinutes(minutesIn(window, followed), window) };
      const { buckets, marks } = count.result();
      return { buckets, ...(marks.length > MOST_MARKS ? {} : { marks }) };
    },
    minutesWith(kinds, fromMs, direction, project) {
      const from = Math.floor(fromMs / MINUTE_MS);
      const isNext = direction === "next";
      return [...(countsOf(project)?.all() ?? [])]
        .filter(([, counts]) => kinds.some((kind) => counts[countOf[kind]] > 0))
        .map(([minute]) => minute)
        .filter((minute) => (isNext ? minute >= from : minute <= from))
        .toSorted((a, b) => (isNext ? a - b : b - a));
    },
    settle() {
      for (const hour of dirtyHours) {
        // Minutes are written as text: as they were before there were numbers.
        const written = (counts: MinuteCounts) => counts.ofHour(hour).map(([minute, told]) => [String(minute), told] as const);
        log.notes.set(`${PREFIX}${hour}`, JSON.stringify(written(minutes)));
        const byProject = [...projects].flatMap(([project, counts]) => written(counts).map((minute) => [project, ...minute] as const));
        if (byProject.length > 0) log.notes.set(`${OF_PROJECTS}${hour}`, JSON.stringify(byProject));
      }
      dirtyHours.clear();
      log.notes.set(FOLDED_TO, String(seq));
    },
  };
}

function projectOf(followed: Followed | undefined): string | undefined {
  return followed !== undefined && "project" in followed ? followed.project : undefined;
}

function isOfSession(followed: Followed | undefined): boolean {
  return followed !== undefined && "sessionId" in followed;
}
