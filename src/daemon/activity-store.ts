import { setImmediate as pause } from "node:timers/promises";
import type { StoredEvent } from "../contract/events/index.ts";
import type { EventLog } from "../log/log.ts";
import { wantedBy, type Followed } from "./followed.ts";
import { createMinuteCounts, MINUTES_PER_HOUR, type MinuteCounts } from "./minute-counts.ts";
import { createRecentActivity } from "./recent-activity.ts";
import {
  activityOf,
  bucketsFromEvents,
  bucketsFromMinutes,
  isActivity,
  minuteOf,
  timed,
  type ActivityBucket,
  type ActivityCounts,
  type ActivityWindow,
  type TimedEvent,
} from "../projections/activity.ts";
import { eventMarks, type EventMark, type EventMarkKind } from "../projections/event-marks.ts";
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
const READ_PAGE = 2_000;
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

  /** The events of a window; of a session all, of everything or of a project nothing when too many would have to be read. */
  async function eventsWithin({ sinceMs, untilMs }: ActivityWindow, followed?: Followed): Promise<readonly TimedEvent[] | undefined> {
    const wanted = wantedBy(followed);
    const held = recent.within(sinceMs, untilMs);
    if (held !== undefined) return followed === undefined ? held : held.filter(({ event }) => wanted.has(event));
    if (!isOfSession(followed) && countedIn({ sinceMs, untilMs }, projectOf(followed)) >= FINE_EVENTS) return undefined;
    let read = 0;
    const events: TimedEvent[] = [];
    let after = 0;
    for (;;) {
      const page = log.read({ sinceMs, untilMs, after, order: "oldest", limit: READ_PAGE, ...wanted.query });
      for (const event of page) if (wanted.has(event) && isActivity(event)) events.push(timed(event));
      if (page.length < READ_PAGE) return events;
      read += page.length;
      if (!isOfSession(followed) && read >= FINE_EVENTS) return undefined;
      after = page.at(-1)!.seq;
      // A long session is read in many pages: others are answered in between.
      await pause();
    }
  }

  function minutesOf(project: string | undefined): Iterable<readonly [minute: number, counts: ActivityCounts]> {
    return project === undefined ? minutes.all() : (projects.get(project)?.all() ?? []);
  }

  /** How many events the minutes have that lie in a window, wholly or in part. */
  function countedIn({ sinceMs, untilMs }: Omit<ActivityWindow, "buckets">, project: string | undefined): number {
    const counts = project === undefined ? minutes : projects.get(project);
    const [first, last] = [Math.floor(sinceMs / MINUTE_MS), Math.floor(untilMs / MINUTE_MS)];
    let sum = 0;
    for (let hour = Math.floor(first / MINUTES_PER_HOUR); hour <= Math.floor(last / MINUTES_PER_HOUR); hour++)
      for (const [minute, { events }] of counts?.ofHour(hour) ?? []) if (minute >= first && minute <= last) sum += events;
    return sum;
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
      const events = isFine ? await eventsWithin(window, followed) : undefined;
      if (events === undefined) return { buckets: bucketsFromMinutes(minutesOf(projectOf(followed)), window) };
      const marks = eventMarks(events.map(({ event }) => event));
      await pause();
      return { buckets: bucketsFromEvents(events, marks, window), ...(marks.length > MOST_MARKS ? {} : { marks }) };
    },
    minutesWith(kinds, fromMs, direction, project) {
      const from = Math.floor(fromMs / MINUTE_MS);
      const isNext = direction === "next";
      return [...minutesOf(project)]
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
