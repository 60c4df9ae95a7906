import { subjectFilter } from "../lib/subject.ts";
import { textFrame } from "./frame.ts";

/** A client that may have asked for live frames. */
export interface LiveListener {
  readonly channels: readonly string[];
  /** Writes the frame, or drops it where the client does not keep up. */
  live(frame: Buffer): void;
}

const PREFIX = "live:";

/** Sends frames that are never stored: each channel counts its own from 0, so that whoever missed one can tell. */
export function createLiveFrames(listeners: () => Iterable<LiveListener>): (channel: string, data: unknown) => void {
  const sent = new Map<string, number>();
  return (channel, data) => {
    const n = sent.get(channel) ?? 0;
    sent.set(channel, n + 1);
    let frame: Buffer | undefined;
    for (const listener of listeners()) {
      const patterns = listener.channels.flatMap((asked) => (asked.startsWith(PREFIX) ? [asked.slice(PREFIX.length)] : []));
      if (patterns.length === 0 || !subjectFilter(patterns)(channel)) continue;
      frame ??= textFrame(JSON.stringify({ type: `live.${channel}`, channel: `${PREFIX}${channel}`, n, data }));
      listener.live(frame);
    }
  };
}
