import { sep } from "node:path";
import { toTimestamp } from "../../lib/clock.ts";
import { failure } from "../rejection.ts";
import type { Intake } from "../source.ts";
import { createTree, isAbsent, type SeenFile, type Tree } from "./tree.ts";

/** A folder of another program, and which files in it are read. */
export interface Followed {
  readonly root: string;
  readonly mayHold: (folder: string) => boolean;
  readonly isWanted: (path: string) => boolean;
}

interface Options extends Omit<Intake, "notes"> {
  /** Names the source in what is told of files that cannot be read. */
  readonly name: string;
  readonly places: readonly Followed[];
  readonly pollMs: number;
  /** Everything is looked at once, and nothing watched. */
  readonly isOnce: boolean;
  /** Told of every file that is new or changed, and of its place. */
  readonly found: (file: SeenFile, root: string) => void;
  /** Reads the files again that could not be read or stored. */
  readonly retry: () => void;
  readonly signal: AbortSignal;
}

/** Folders that other programs write into: what is in them, what is being written, and which of it cannot be read. */
export interface Watched {
  look(): Promise<void>;
  /** Looks at what is being written, now and then at everything, and tries again what failed. @throws when the signal aborts */
  poll(): Promise<void>;
  /** After one reading of everything: tries a few times what `hasFailed`. `settle` resolves when what was begun has ended. */
  insist(hasFailed: () => boolean, settle: () => Promise<void>): Promise<void>;
  /** A file that is being written: it is looked at in case its watch is silent. */
  keepActive(path: string): void;
  watchFolder(root: string, folder: string): void;
  /** What became of reading a file; a failure is told once, and again only after it could be read in between. Undefined where it was read or is gone. */
  outcome(path: string, error?: unknown): Promise<void> | undefined;
  isGone(path: string): boolean;
  /** The places that are not there. */
  missing(): readonly string[];
  /** The first of the files that cannot be read now, in words. */
  failing(): string | undefined;
  close(): void;
}

const LOOK_EVERY_POLLS = 60;
const RETRY_EVERY_POLLS = 5;
const TRIES = 5;
const ACTIVE_MS = 10 * 60_000;
const MAX_ACTIVE = 64;
const WATCH_RECENT_MS = 48 * 3_600_000;

export function createWatched({ append, clock, logger, name, places, pollMs, isOnce, found, retry, signal }: Options): Watched {
  const active = new Map<string, number>();
  const failing = new Map<string, string>();
  const trees = new Map<string, Tree>(
    places.map((place) => [
      place.root,
      createTree({
        ...place,
        watchSinceMs: () => (isOnce ? Infinity : clock.now() - WATCH_RECENT_MS),
        found: (file) => found(file, place.root),
        failed: (path, error) => void report(path, error),
        recovered: (path) => void failing.delete(path),
      }),
    ]),
  );

  function treeOf(path: string): Tree | undefined {
    for (const [root, tree] of trees) if (path.startsWith(root + sep)) return tree;
    return undefined;
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

  async function look(): Promise<void> {
    await Promise.all([...trees.values()].map((tree) => tree.look()));
  }

  return {
    look,

    async poll() {
      for (let polls = 1; !signal.aborted; polls++) {
        await clock.sleep(pollMs, signal);
        for (const [path, since] of active) {
          if (since < clock.now() - ACTIVE_MS) active.delete(path);
          else await treeOf(path)?.lookAt(path);
        }
        if (polls % RETRY_EVERY_POLLS === 0) retry();
        if (polls % LOOK_EVERY_POLLS === 0 || [...trees.values()].some((tree) => tree.isMissing())) await look();
      }
    },

    async insist(hasFailed, settle) {
      for (let tries = 0; tries < TRIES && hasFailed(); tries++) {
        await clock.sleep(pollMs, signal);
        retry();
        await settle();
      }
    },

    keepActive(path) {
      active.delete(path);
      active.set(path, clock.now());
      if (active.size > MAX_ACTIVE) active.delete(active.keys().next().value!);
    },

    watchFolder: (root, folder) => void trees.get(root)?.watchFolder(folder),

    outcome(path, error) {
      if (error !== undefined && !isAbsent(error)) return report(path, error);
      failing.delete(path);
      return undefined;
    },

    isGone: (path) => treeOf(path)?.isGone(path) ?? false,
    missing: () => [...trees].filter(([, tree]) => tree.isMissing()).map(([root]) => root),
    failing: () => failing.values().next().value,
    close: () => trees.forEach((tree) => tree.close()),
  };
}
