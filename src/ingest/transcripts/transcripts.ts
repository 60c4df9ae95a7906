import { join, sep } from "node:path";
import { createTally, type Intake, type Source, type SourceState } from "../source.ts";
import type { OnceTold } from "../once.ts";
import { createPositions, type Positions } from "./positions.ts";
import { readSession, type SessionFile } from "./read-session.ts";
import { mayHoldTranscripts, transcriptPath } from "./transcript-path.ts";
import type { SeenFile } from "../files/tree.ts";
import { createWatched, type Followed } from "../files/watched.ts";

interface Options extends Intake {
  /** Claude Code config folders; each is watched for until it is there. */
  readonly folders: readonly string[];
  readonly pollMs?: number;
  /** Reads what is there and ends, instead of following. */
  readonly once?: OneReading;
}

/** What is read of a folder like Claude Code's `projects`: paths that begin with `within`. */
export interface OneReading {
  readonly root: string;
  readonly within: string;
  readonly told: OnceTold;
}

/** The files of one session, and which of them may have something new. */
interface Session {
  readonly key: string;
  readonly dirty: Map<string, SessionFile>;
  state: "idle" | "queued" | "reading";
  newestMs: number;
  /** Size of the files found at the start. */
  bytes: number;
}

const NAME = "claude-code transcripts";
const FORMAT = "claude-code/transcript";
const POLL_MS = 1_000;
/** Sessions read at once: of those that are being written, and of those of the past. */
const URGENT_READS = 8;
const PAST_READS = 16;
const PAST_BYTES = 2 * 1024 * 1024;

/**
 * Follows the transcripts that Claude Code writes. What was written before is read in the background, the newest session first; what is being
 * written goes first. Nothing is ever written into the agent's folders.
 */
export function createTranscripts({ append, notes, clock, logger, folders, pollMs = POLL_MS, once }: Options): Source {
  const tally = createTally(NAME, FORMAT, clock);
  const positions = telling(createPositions(notes), once?.told);
  const sessions = new Map<string, Session>();
  const retries = new Map<string, { readonly session: Session; readonly file: SessionFile }>();
  const past = { queue: [] as Session[], total: 0, done: 0, isLooking: true, isReading: false };
  const roots = once === undefined ? folders.map((folder) => join(folder, "projects")) : [once.root];
  /** Sessions that are being written to and wait for a free place. */
  const urgent: Session[] = [];
  const reads = new Set<Promise<void>>();
  const abort = new AbortController();
  const watched = createWatched({
    append,
    clock,
    logger,
    pollMs,
    name: "transcripts",
    places: roots.map(place),
    isOnce: once !== undefined,
    found,
    retry,
    signal: abort.signal,
  });
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  let hasRecord = false;
  let isRunning = false;

  function place(root: string): Followed {
    return {
      root,
      mayHold: (path) =>
        mayHoldTranscripts(root, path) && (once === undefined || once.within.startsWith(path) || `${path}${sep}`.startsWith(once.within)),
      isWanted: (path) => transcriptPath(root, path) !== undefined && (once === undefined || path.startsWith(once.within)),
    };
  }

  function found(file: SeenFile, root: string): void {
    const at = transcriptPath(root, file.path);
    if (at === undefined || isRead(at.kind, file)) return;
    once?.told.found(file, positions.get(file.path)?.offset ?? 0);
    const session: Session = sessions.get(at.session) ?? { key: at.session, dirty: new Map(), state: "idle", newestMs: 0, bytes: 0 };
    sessions.set(at.session, session);
    session.dirty.set(file.path, { ...at, path: file.path, dev: file.dev, ino: file.ino });
    session.newestMs = Math.max(session.newestMs, file.mtimeMs);
    if (past.isLooking) {
      session.bytes += file.size;
      if (session.state === "idle") past.queue.push(session);
      session.state = "queued";
    } else {
      watched.keepActive(file.path);
      if (at.kind === "main") watched.watchFolder(root, join(at.session, "subagents"));
      hurry(session);
    }
  }

  /** A session that is being read looks once more when it has finished. */
  function hurry(session: Session): void {
    if (session.state === "reading" || urgent.includes(session)) return;
    session.state = "queued";
    urgent.push(session);
    startUrgent();
  }

  function startUrgent(): void {
    while (reads.size < URGENT_READS + PAST_READS && urgent.length > 0) void start(urgent.shift()!, true);
  }

  function isRead(kind: SessionFile["kind"], { path, size, mtimeMs, ino }: SeenFile): boolean {
    if (kind === "meta") return positions.version(path)?.startsWith(`${size}:${mtimeMs}:`) ?? false;
    const saved = positions.get(path);
    return saved !== undefined && saved.ino === ino && saved.offset === size && saved.mtime_ms === mtimeMs;
  }

  function start(session: Session, isLive: boolean): Promise<void> {
    session.state = "reading";
    const read = drain(session, isLive);
    reads.add(read);
    return read.finally(() => {
      reads.delete(read);
      startUrgent();
    });
  }

  async function drain(session: Session, isLive: boolean): Promise<void> {
    while (session.dirty.size > 0 && !abort.signal.aborted) {
      const files = [...session.dirty.values()].toSorted(byKind);
      session.dirty.clear();
      try {
        await readSession(files, {
          append,
          clock,
          positions,
          tally,
          signal: abort.signal,
          isLive,
          outcome: (path, error) => outcome(session, files, { path, error }),
        });
        hasRecord = true;
      } catch (error) {
        // The log refused. The positions stand where it last agreed, and the files are read from there.
        if (abort.signal.aborted) break;
        logger.error({ error, session: session.key }, "transcript not stored");
        for (const file of files) retries.set(file.path, { session, file });
      }
    }
    session.state = "idle";
  }

  function outcome(
    session: Session,
    files: readonly SessionFile[],
    { path, error }: { readonly path: string; readonly error?: unknown },
  ): Promise<void> | undefined {
    const told = watched.outcome(path, error);
    const file = files.find((one) => one.path === path);
    if (told !== undefined && file !== undefined) retries.set(path, { session, file });
    return told;
  }

  /** Reads what was found at the start, the newest session first; small sessions several at once, so that their appends share a commit. */
  async function readPast(): Promise<void> {
    const queue = past.queue.toSorted((a, b) => b.newestMs - a.newestMs);
    const running = new Map<Promise<void>, number>();
    past.total = queue.length;
    past.queue = [];
    past.isReading = true;
    for (const session of queue) {
      while (running.size >= PAST_READS || sum(running.values()) >= PAST_BYTES) await Promise.race(running.keys());
      if (abort.signal.aborted) break;
      if (session.state !== "queued" || urgent.includes(session)) {
        past.done++;
        continue;
      }
      const read: Promise<void> = start(session, false).finally(() => {
        running.delete(read);
        past.done++;
      });
      running.set(read, session.bytes);
    }
    await Promise.all(running.keys());
    past.isReading = false;
  }

  async function settle(): Promise<void> {
    while (reads.size > 0) await Promise.allSettled(reads);
  }

  function retry(): void {
    for (const [path, { session, file }] of retries) {
      session.dirty.set(path, file);
      hurry(session);
    }
    retries.clear();
  }

  return {
    async run(signal) {
      signal.addEventListener("abort", () => abort.abort(), { once: true });
      if (signal.aborted) abort.abort();
      isRunning = true;
      try {
        await watched.look();
        past.isLooking = false;
        if (once === undefined) positions.prune(watched.isGone);
        await Promise.all([readPast(), ...(once === undefined ? [watched.poll()] : [])]);
        if (once !== undefined) await watched.insist(() => retries.size > 0, settle);
      } catch (error) {
        if (!abort.signal.aborted) throw error;
      } finally {
        watched.close();
        await Promise.allSettled(reads);
        await notes.flush().catch((error: unknown) => logger.error({ error }, "positions not saved"));
        end();
      }
    },
    async stop() {
      abort.abort();
      if (isRunning) await ended;
    },
    status() {
      const firstFailure = watched.failing();
      const state: SourceState = abort.signal.aborted
        ? "stopped"
        : past.isLooking || past.isReading
          ? "reading"
          : firstFailure !== undefined
            ? "failing"
            : hasRecord
              ? "connected"
              : "waiting";
      return tally.status(state, past.isReading ? `${past.done} of ${past.total} earlier sessions read` : firstFailure);
    },
  };
}

function telling(positions: Positions, told: OnceTold | undefined): Positions {
  if (told === undefined) return positions;
  return {
    ...positions,
    set(path, position) {
      positions.set(path, position);
      told.reached(path, position.offset);
    },
    setVersion(path, version) {
      positions.setVersion(path, version);
      told.reached(path, Infinity); // It is read as a whole.
    },
  };
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const one of numbers) total += one;
  return total;
}

const order: Readonly<Record<SessionFile["kind"], number>> = { main: 0, agent: 1, meta: 2 };

function byKind(a: SessionFile, b: SessionFile): number {
  return order[a.kind] - order[b.kind];
}
