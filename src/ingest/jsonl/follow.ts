import type { Translation } from "../../formats/translation.ts";
import { toTimestamp } from "../../lib/clock.ts";
import { createTally, type Intake, type Source, type SourceState } from "../source.ts";
import type { SeenFile } from "../files/tree.ts";
import { createWatched, type Followed } from "../files/watched.ts";
import type { OnceTold } from "../once.ts";
import { createPlaces, isRead, type Places } from "./places.ts";
import { readGroup } from "./read-group.ts";
import { openLines } from "./read-lines.ts";

/** What reads the lines of one file from its beginning, or from the state that an earlier reading left. `state` is plain data. */
export interface LineReader<S> {
  translate(record: unknown, readAt: string): Translation;
  readonly state: S;
}

export interface LineFormat<S> {
  /** Names the format in what is told of lines that cannot be read. */
  readonly name: string;
  readonly open: (saved: S | undefined) => LineReader<S>;
  /** Files with the same answer are read together, by the time of their lines. It is asked when the first line was read. */
  readonly groupOf?: (state: S) => string | undefined;
  /** Where a line has its time; default: its `timestamp`. */
  readonly timeOf?: (record: unknown) => unknown;
}

interface Options<S> extends Intake {
  readonly name: string;
  readonly format: LineFormat<S>;
  readonly places: readonly Followed[];
  readonly pollMs?: number;
  /** Reads what is there and ends, instead of following. */
  readonly once?: OnceTold;
}

export interface Follower extends Source {
  /** Reads every file again from its start: a newer translator may understand what an older one kept. Gives how many lines it still does not. */
  reread(): Promise<number>;
}

interface Group {
  readonly key: string;
  readonly dirty: Map<string, SeenFile>;
  isReading: boolean;
  newestMs: number;
}

const POLL_MS = 1_000;
const MAX_READS = 4;
const PEEK_BYTES = 64 * 1024;

/**
 * Follows files of JSON lines that other programs write. What was written before is read first, the newest group first; nothing is ever
 * written into those folders. Where reading stopped is saved with what its translator had learnt, after the log acknowledged what stood before.
 */
export function createFollower<S>({ append, notes, clock, logger, name, format, places, pollMs = POLL_MS, once }: Options<S>): Follower {
  const tally = createTally(name, format.name, clock);
  const saved = telling(createPlaces<S>(notes, `lines:${format.name}:`), once);
  const groups = new Map<string, Group>();
  const groupKeys = new Map<string, string>();
  const files = new Map<string, SeenFile>();
  const retries = new Set<SeenFile>();
  const queue = new Set<Group>();
  const work = new Set<Promise<void>>();
  const abort = new AbortController();
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const watched = createWatched({
    append,
    clock,
    logger,
    name,
    places,
    pollMs,
    isOnce: once !== undefined,
    found,
    retry,
    signal: abort.signal,
  });
  let reads = 0;
  let isPast = true;
  let hasRecord = false;
  let isRunning = false;
  let unknown = 0;

  function found(file: SeenFile): void {
    files.set(file.path, file);
    if (!isPast) watched.keepActive(file.path);
    const before = saved.get(file.path)?.position;
    if (isRead(before, file)) return;
    once?.found(file, before?.offset ?? 0);
    track(assign(file));
  }

  function track(promise: Promise<void>): void {
    const tracked = promise.finally(() => work.delete(tracked));
    work.add(tracked);
  }

  async function assign(file: SeenFile): Promise<void> {
    const { path } = file;
    try {
      const key = groupKeys.get(path) ?? (await groupKey(path));
      if (key === undefined) return; // Not one whole line yet.
      groupKeys.set(path, key);
      const group = groups.get(key) ?? { key, dirty: new Map(), isReading: false, newestMs: 0 };
      groups.set(key, group);
      group.dirty.set(path, file);
      group.newestMs = Math.max(group.newestMs, file.mtimeMs);
      queue.add(group);
      if (!isPast) startReads();
    } catch (error) {
      outcome(file, error);
    }
  }

  async function groupKey(path: string): Promise<string | undefined> {
    if (format.groupOf === undefined) return path;
    const known = saved.get(path)?.state;
    if (known !== undefined) return format.groupOf(known) ?? path;
    const reader = await openLines(path, undefined, PEEK_BYTES);
    try {
      const first = (await reader.next())?.[0]?.bytes;
      if (first === undefined) return undefined;
      const translator = format.open(undefined);
      translator.translate(JSON.parse(first.toString("utf8")), toTimestamp(clock.now()));
      return format.groupOf(translator.state) ?? path;
    } catch (error) {
      if (error instanceof SyntaxError) return path;
      throw error;
    } finally {
      await reader.close();
    }
  }

  function startReads(): void {
    while (reads < MAX_READS && !abort.signal.aborted) {
      const next = [...queue].filter((group) => !group.isReading).toSorted((a, b) => b.newestMs - a.newestMs)[0];
      if (next === undefined) return;
      queue.delete(next);
      track(read(next));
    }
  }

  async function read(group: Group): Promise<void> {
    reads++;
    group.isReading = true;
    const dirty = [...group.dirty.values()];
    group.dirty.clear();
    try {
      const paths = dirty.map(({ path }) => path);
      await readGroup(paths, {
        append,
        clock,
        tally,
        format,
        saved,
        signal: abort.signal,
        isLive: !isPast,
        stored: (drafts) => (unknown += drafts.filter((draft) => draft.type === "source.kept" && draft.data.reason === "unknown").length),
        outcome: (path, error) => outcome(files.get(path) ?? dirty.find((file) => file.path === path)!, error),
      });
      hasRecord = true;
    } catch (error) {
      // The log refused. The places stand where it last agreed, and the files are read from there.
      if (!abort.signal.aborted) {
        logger.error({ error, group: group.key }, "lines not stored");
        for (const file of dirty) retries.add(file);
      }
    } finally {
      group.isReading = false;
      reads--;
      startReads();
    }
  }

  function outcome(file: SeenFile, error?: unknown): void {
    if (watched.outcome(file.path, error) !== undefined) retries.add(file);
  }

  async function settle(): Promise<void> {
    while (work.size > 0) await Promise.allSettled(work);
  }

  function retry(): void {
    const again = [...retries];
    retries.clear();
    for (const file of again) track(assign(file));
  }

  async function settleAll(): Promise<void> {
    await settle();
    startReads();
    await settle();
  }

  return {
    async reread() {
      await settle();
      unknown = 0;
      saved.clear();
      for (const file of files.values()) track(assign(file));
      await settleAll();
      return unknown;
    },
    async run(signal) {
      signal.addEventListener("abort", () => abort.abort(), { once: true });
      if (signal.aborted) abort.abort();
      isRunning = true;
      try {
        await watched.look();
        if (once === undefined) saved.prune(watched.isGone);
        await settleAll();
        isPast = false;
        startReads();
        await (once === undefined ? watched.poll() : watched.insist(() => retries.size > 0, settleAll));
      } catch (error) {
        if (!abort.signal.aborted) throw error;
      } finally {
        watched.close();
        await settle();
        await notes.flush().catch((error: unknown) => logger.error({ error }, "places not saved"));
        end();
      }
    },
    async stop() {
      abort.abort();
      if (isRunning) await ended;
    },
    status() {
      const firstFailure = watched.failing();
      const isReading = isRunning && isPast;
      const state: SourceState = abort.signal.aborted
        ? "stopped"
        : isReading
          ? "reading"
          : firstFailure !== undefined
            ? "failing"
            : hasRecord || files.size > 0
              ? "connected"
              : "waiting";
      const missing = watched.missing();
      const where = state === "waiting" && missing.length > 0 ? `there is no ${missing.join(", ")} yet` : undefined;
      return tally.status(state, isReading ? `${queue.size} earlier sessions to read` : (firstFailure ?? where));
    },
  };
}

function telling<S>(places: Places<S>, once: OnceTold | undefined): Places<S> {
  if (once === undefined) return places;
  return {
    ...places,
    set(path, place) {
      places.set(path, place);
      once.reached(path, place.position.offset);
    },
  };
}
