import type { Notes } from "../../log/log.ts";
import { decodePosition, type Position } from "../transcripts/position.ts";
import type { SeenFile } from "../files/tree.ts";

/** Where reading of a file stopped, and what its translator had learnt by then. */
export interface Place<S> {
  readonly position: Position;
  readonly state: S;
}

export interface Places<S> {
  get(path: string): Place<S> | undefined;
  set(path: string, place: Place<S>): void;
  /** Drops what is known of paths for which `isGone` holds. */
  prune(isGone: (path: string) => boolean): void;
  clear(): void;
}

/** Kept in the log's notes, position and state in one, so that neither is there without the other. */
export function createPlaces<S>(notes: Notes, prefix: string): Places<S> {
  return {
    get(path) {
      const note = notes.get(`${prefix}${path}`);
      const position = decodePosition(note);
      return position === undefined ? undefined : { position, state: (JSON.parse(note!) as { readonly state: S }).state };
    },
    set: (path, { position, state }) => notes.set(`${prefix}${path}`, JSON.stringify({ ...position, state })),
    prune(isGone) {
      for (const [key] of notes.list(prefix)) if (isGone(key.slice(prefix.length))) notes.delete(key);
    },
    clear() {
      for (const [key] of notes.list(prefix)) notes.delete(key);
    },
  };
}

/** Whether everything in a file was read, as far as its size and time can tell. */
export function isRead(position: Position | undefined, file: SeenFile): boolean {
  return (
    position !== undefined &&
    position.offset === file.size &&
    position.size === file.size &&
    position.mtime_ms === file.mtimeMs &&
    position.ino === file.ino
  );
}
