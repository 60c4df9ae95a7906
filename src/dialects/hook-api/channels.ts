import type { StoredEvent } from "../../contract/events/index.ts";
import { commOf } from "./reads.ts";

/** What a client of the WebSocket can subscribe to, each with what it carries of an event; `undefined`: nothing. */
export const channels = {
  events: (event: StoredEvent): object | undefined => event,
  comms: (event: StoredEvent): object | undefined => commOf(event),
  asks: (event: StoredEvent): object | undefined => (event.type.startsWith("ask.") ? event : undefined),
  mma: (event: StoredEvent): object | undefined => (ofWork.test(event.type) ? event : undefined),
  /** What is pressed and set on the page, by people and programs. */
  gui: (event: StoredEvent): object | undefined => (event.type.startsWith("ui.") ? event : undefined),
  /** How the daemon and the page do: by the clock, not by events. */
  telemetry: (): undefined => undefined,
} as const;

export type ChannelName = keyof typeof channels;

const ofWork = /^(?:agent|session|turn|todo|ticket|run|step)\./;

export const channelNames = Object.keys(channels) as readonly ChannelName[];

/** The channels that words name; those that are none stand in `unknown`. `*` and `all` name every one. */
export function namedChannels(words: readonly string[]): { readonly known: readonly ChannelName[]; readonly unknown: readonly string[] } {
  const unknown = words.filter((word) => !everything.has(word) && !channelNames.includes(word as ChannelName));
  const known = words.some((word) => everything.has(word)) ? channelNames : channelNames.filter((name) => words.includes(name));
  return { known, unknown };
}

const everything: ReadonlySet<string> = new Set(["*", "all"]);
