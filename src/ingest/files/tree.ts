import { watch, type FSWatcher } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

/** A file as the tree last saw it. */
export interface SeenFile {
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly dev: number;
  readonly ino: number;
}

interface Options {
  readonly root: string;
  /** Whether a folder is looked into. */
  readonly mayHold: (folder: string) => boolean;
  readonly isWanted: (path: string) => boolean;
  /** Folders below the projects that did not change since then are not watched, only looked at now and then. */
  readonly watchSinceMs: () => number;
  readonly found: (file: SeenFile) => void;
  /** Called for a folder that cannot be looked into, and for one that can again. */
  readonly failed: (path: string, error: unknown) => void;
  readonly recovered: (path: string) => void;
}

/**
 * A folder tree that is watched. One watch per folder, not per file as watching libraries do: a long history is thousands of files. Watches
 * can be missing (limits, network drives), so `look` is called now and then too.
 */
export interface Tree {
  /** Walks the tree, calls `found` for each wanted file that is new or changed since it was last seen, and watches what it passes. */
  look(): Promise<void>;
  /** Looks at one file. */
  lookAt(path: string): Promise<void>;
  /** Watches a folder, if it is there. */
  watchFolder(folder: string): Promise<void>;
  /** Whether the root was not there when it was last looked at. */
  isMissing(): boolean;
  /** Whether a file is not there though the root is. */
  isGone(path: string): boolean;
  close(): void;
}

const MAX_DEPTH = 8;

export function createTree({ root, mayHold, isWanted, watchSinceMs, found, failed, recovered }: Options): Tree {
  const watchers = new Map<string, { readonly watcher: FSWatcher; readonly ino: number }>();
  const seen = new Map<string, SeenFile>();
  const troubled = new Set<string>();
  let isMissing = true;
  let isClosed = false;

  function watchPath(folder: string, ino: number): void {
    if (isClosed || watchers.get(folder)?.ino === ino) return;
    drop(folder); // The watch of a folder that was replaced hears nothing of the new one.
    try {
      const watcher = watch(folder, { persistent: false }, (_, name) => {
        if (name !== null) void lookAt(join(folder, name));
      });
      watcher.on("error", () => drop(folder));
      watchers.set(folder, { watcher, ino });
    } catch (error) {
      // Too many watches, or a file system without them: looking now and then remains.
      if (!troubled.has(root)) failed(root, error);
      troubled.add(root);
    }
  }

  function drop(folder: string): void {
    watchers.get(folder)?.watcher.close();
    watchers.delete(folder);
  }

  async function lookAt(path: string): Promise<void> {
    if (isClosed) return;
    try {
      const { isFolder, ...seenNow } = await statOf(path);
      if (isFolder) await lookInto(path, new Set());
      else if (isWanted(path)) see({ path, ...seenNow });
    } catch (error) {
      forget(path, error);
    }
  }

  function see(file: SeenFile): void {
    const before = seen.get(file.path);
    if (before !== undefined && before.size === file.size && before.mtimeMs === file.mtimeMs && before.ino === file.ino) return;
    seen.set(file.path, file);
    found(file);
  }

  function forget(path: string, error: unknown): void {
    seen.delete(path);
    drop(path);
    if (isAbsent(error)) return;
    troubled.add(path);
    failed(path, error);
  }

  /** `passed` holds the real paths of the folders above, so that a link to one of them ends the walk. */
  async function lookInto(folder: string, passed: ReadonlySet<string>): Promise<void> {
    if (isClosed || passed.size > MAX_DEPTH || (folder !== root && !mayHold(folder))) return;
    try {
      const real = await realpath(folder);
      if (passed.has(real)) return;
      const { mtimeMs, ino } = await stat(folder);
      if (folder === root) isMissing = false;
      // First the watch, then the look: what is written in between is seen by one of them.
      if (folder === root || dirname(folder) === root || mtimeMs >= watchSinceMs()) watchPath(folder, ino);
      const below = new Set([...passed, real]);
      for (const entry of await readdir(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) await lookInto(path, below);
        else if (entry.isSymbolicLink()) await lookAtLink(path, below);
        else if (isWanted(path)) await lookAt(path);
      }
      if (folder !== root && troubled.delete(folder)) recovered(folder);
    } catch (error) {
      if (folder === root) isMissing = true;
      forget(folder, error);
    }
  }

  async function lookAtLink(path: string, below: ReadonlySet<string>): Promise<void> {
    try {
      if ((await statOf(path)).isFolder) await lookInto(path, below);
      else await lookAt(path);
    } catch (error) {
      forget(path, error);
    }
  }

  return {
    look: () => lookInto(root, new Set()),
    lookAt,
    async watchFolder(folder) {
      try {
        if (watchers.has(folder)) return;
        const { isFolder, ino } = await statOf(folder);
        if (!isFolder) return;
        watchPath(folder, ino);
        await lookInto(folder, new Set());
      } catch (error) {
        forget(folder, error);
      }
    },
    isMissing: () => isMissing,
    isGone: (path) => !isMissing && !seen.has(path),
    close() {
      isClosed = true;
      for (const folder of watchers.keys()) drop(folder);
    },
  };
}

async function statOf(path: string) {
  const found = await stat(path);
  return { size: found.size, mtimeMs: found.mtimeMs, dev: found.dev, ino: found.ino, isFolder: found.isDirectory() };
}

/** Not there, or a link that leads nowhere. */
export function isAbsent(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR", "ELOOP"].includes((error as NodeJS.ErrnoException).code ?? "");
}
