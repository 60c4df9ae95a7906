import type { Clock } from "../lib/clock.ts";
import type { Chunk } from "./fan-out.ts";
import { joinedFrame } from "./frame.ts";

/**
 * How often one client is written to: what comes within `everyMs` of the last write waits and goes together, the first after a quiet time
 * at once. What goes together is one frame, an array: a page that draws thirty pictures a second is not woken five hundred times for them.
 */
export interface Pace {
  /** Bytes that wait. */
  size(): number;
  /** Writes them now, or with the next ones. */
  take(chunk: Chunk): void;
  /** Writes what waits. */
  send(): void;
  /** Forgets what waits. */
  drop(): void;
  set(everyMs: number): void;
}

export function createPace({ clock, write }: { clock: Pick<Clock, "now" | "after">; write(chunk: Chunk): void }): Pace {
  let everyMs = 0;
  let wroteAt = -Infinity;
  let held: Chunk[] = [];
  let size = 0;
  let cancel: (() => void) | undefined;

  function send(): void {
    const chunks = held;
    const last = chunks.at(-1);
    drop();
    if (last === undefined) return;
    wroteAt = clock.now();
    const frames = chunks.length === 1 ? last.bytes : Buffer.concat(chunks.map(({ bytes }) => bytes));
    write({ bytes: joinedFrame(frames), lastSeq: last.lastSeq });
  }

  function drop(): void {
    cancel?.();
    cancel = undefined;
    held = [];
    size = 0;
  }

  return {
    size: () => size,
    send,
    drop,
    take(chunk) {
      if (everyMs === 0) return write(chunk);
      held.push(chunk);
      size += chunk.bytes.length;
      if (cancel !== undefined) return;
      // A clock that was set back makes nobody wait for longer.
      const waitMs = Math.min(everyMs, wroteAt + everyMs - clock.now());
      if (waitMs <= 0) return send();
      cancel = clock.after(waitMs, send);
    },
    set(next) {
      everyMs = next;
      send();
    },
  };
}
