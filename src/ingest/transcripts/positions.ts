import type { Notes } from "../../log/log.ts";
import { decodePosition, encodePosition, type Position } from "./position.ts";

/** The saved positions of all transcripts, by path; kept in the log's notes. */
export interface Positions {
  get(path: string): Position | undefined;
  /** The position of a file that had another path before. */
  moved(file: { readonly dev: number; readonly ino: number }): Position | undefined;
  set(path: string, position: Position): void;
  /** What was last read of a file that is read as a whole. */
  version(path: string): string | undefined;
  setVersion(path: string, version: string): void;
  /** Drops what is known of paths for which `isGone` holds. */
  prune(isGone: (path: string) => boolean): void;
}

const FILE = "transcript:";
const WHOLE = "transcript-meta:";

export function createPositions(notes: Notes): Positions {
  const known = new Map<string, Position>();
  const byInode = new Map<string, string>();
  for (const [key, value] of notes.list(FILE)) {
    const position = decodePosition(value);
    if (position !== undefined) remember(key.slice(FILE.length), position);
  }

  function remember(path: string, position: Position): void {
    known.set(path, position);
    byInode.set(`${position.dev}:${position.ino}`, path);
  }

  return {
    get: (path) => known.get(path),
    moved: ({ dev, ino }) => known.get(byInode.get(`${dev}:${ino}`) ?? ""),
    set(path, position) {
      remember(path, position);
      notes.set(`${FILE}${path}`, encodePosition(position));
    },
    version: (path) => notes.get(`${WHOLE}${path}`),
    setVersion: (path, version) => notes.set(`${WHOLE}${path}`, version),
    prune(isGone) {
      for (const [path, { dev, ino }] of known) {
        if (!isGone(path)) continue;
        known.delete(path);
        if (byInode.get(`${dev}:${ino}`) === path) byInode.delete(`${dev}:${ino}`);
        notes.delete(`${FILE}${path}`);
      }
      for (const [key] of notes.list(WHOLE)) if (isGone(key.slice(WHOLE.length))) notes.delete(key);
    },
  };
}
