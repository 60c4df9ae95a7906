import { sep } from "node:path";
import type { Translation } from "../../formats/translation.ts";
import { toTimestamp } from "../../lib/clock.ts";
import { failure } from "../rejection.ts";
import { createTally, type Intake, type Source, type SourceState } from "../source.ts";
import { createTree, isAbsent, type SeenFile, type Tree } from "../transcripts/tree.ts";
import { createPlaces, isRead } from "./places.ts";
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

/** A folder and the files in it that are followed. */
export interface Followed {
  readonly root: string;
  readonly mayHold: (folder: string) => boolean;
  readonly isWanted: (path: string) => boolean;
}

interface Options<S> extends Intake {
  readonly name: string;
  readonly format: LineFormat<S>;
  readonly places: readonly Followed[];
  readonly pollMs?: number;
  /** Reads what is there and ends, instead of following; it is told of each file that is still to be read. */
  readonly once?: (file: SeenFile) => void;
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
const LOOK_EVERY_POLLS = 60;
const RETRY_EVERY_POLLS = 5;
/** How often a file that could not be read or stored is tried again before one reading ends without it. */
const TRIES = 5;
const ACTIVE_MS = 10 * 60_000;
const MAX_ACTIVE = 64;
const MAX_READS = 4;
const WATCH_RECENT_MS = 48 * 3_600_000;
const PEEK_BYTES = 64 * 1024;

/**
 * Follows files of JSON lines that other programs write. What was written before is read first, the newest group first; nothing is ever
 * written into those folders. Where reading stopped is saved with what its translator had learnt, after the log acknowledged what stood before.
 */
export function createFollower<S>({ append, notes, clock, logger, name, format, places, pollMs = POLL_MS, once }: Options<S>): Follower {
  const tally = createTally(name, format.name, clock);
  const saved = createPlaces<S>(notes, `lines:${format.name}:`);
  const groups = new Map<string, Group>();
  const groupKeys = new Map<string, string>();
  const files = new Map<string, SeenFile>();
  const active = new Map<string, number>();
  const failing = new Map<string, string>();
  const retries = new Set<SeenFile>();
  const queue = new Set<Group>();
  const work = new Set<Promise<void>>();
  const abort = new AbortController();
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const trees = new Map<string, Tree>(
    places.map((place) => [
      place.root,
      createTree({
        ...place,
        watchSinceMs: () => (once === undefined ? clock.now() - WATCH_RECENT_MS : Infinity),
        found,
        failed: (path, error) => void report(path, error),
        recovered: (path) => void failing.delete(path),
      }),
    ]),
  );
  let reads = 0;
  let isPast = true;
  let hasRecord = false;
  let isRunning = false;
  let unknown = 0;

  function found(file: SeenFile): void {
    files.set(file.path, file);
    if (!isPast) keepActive(file.path);
    if (isRead(saved.get(file.path)?.position, file)) return;
    once?.(file);
    track(assign(file));
  }

  function keepActive(path: string): void {
    active.delete(path);
    active.set(path, clock.now());
    if (active.size > MAX_ACTIVE) active.delete(active.keys().next().value!);
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

  /** A failure is told once, and again only after the file could be read in between. */
  function outcome(file: SeenFile, error?: unknown): void {
    if (error === undefined || isAbsent(error)) {
      failing.delete(file.path);
      return;
    }
    retries.add(file);
    void report(file.path, error);
  }

  async function report(path: string, error: unknown): Promise<void> {
    const message = `cannot read ${path}: ${(error as Error).message}`;
    if (failing.get(path) === message) return;
    failing.set(path, message);
    logger.warn({ error, path }, name);
    await append([failure(name, message, toTimestamp(clock.now()))]).catch((cause: unknown) =>
      logger.error({ error: cause }, "failure not stored"),
    );
  }

  async function settle(): Promise<void> {
    while (work.size > 0) await Promise.allSettled(work);
  }

  async function look(): Promise<void> {
    await Promise.all([...trees.values()].map((tree) => tree.look()));
  }

  function treeOf(path: string): Tree | undefined {
    for (const [root, tree] of trees) if (path.startsWith(root + sep)) return tree;
    return undefined;
  }

  async function poll(): Promise<void> {
    for (let polls = 1; !abort.signal.aborted; polls++) {
      await clock.sleep(pollMs, abort.signal);
      for (const [path, since] of active) {
        if (since < clock.now() - ACTIVE_MS) active.delete(path);
        else await treeOf(path)?.lookAt(path);
      }
      if (polls % RETRY_EVERY_POLLS === 0) retry();
      if (polls % LOOK_EVERY_POLLS === 0 || [...trees.values()].some((tree) => tree.isMissing())) await look();
    }
  }

  function retry(): void {
    const again = [...retries];
    retries.clear();
    for (const file of again) track(assign(file));
  }

  async function retryOnce(): Promise<void> {
    for (let tries = 0; tries < TRIES && retries.size > 0; tries++) {
      await clock.sleep(pollMs, abort.signal);
      retry();
      await settle();
      startReads();
      await settle();
    }
  }

  return {
    async reread() {
      await settle();
      unknown = 0;
      saved.clear();
      for (const file of files.values()) track(assign(file));
      startReads();
      await settle();
      return unknown;
    },
    async run(signal) {
      signal.addEventListener("abort", () => abort.abort(), { once: true });
      if (signal.aborted) abort.abort();
      isRunning = true;
      try {
        await look();
        if (once === undefined) saved.prune((path) => treeOf(path)?.isGone(path) ?? false);
        await settle();
        startReads();
        await settle();
        isPast = false;
        startReads();
        await (once === undefined ? poll() : retryOnce());
      } catch (error) {
        if (!abort.signal.aborted) throw error;
      } finally {
        for (const tree of trees.values()) tree.close();
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
      const [firstFailure] = failing.values();
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
      const missing = places.map(({ root }) => root).filter((root) => trees.get(root)!.isMissing());
      const where = state === "waiting" && missing.length > 0 ? `there is no ${missing.join(", ")} yet` : undefined;
      return tally.status(state, isReading ? `${queue.size} earlier sessions to read` : (firstFailure ?? where));
    },
  };
}
