import { OrreryError } from "../contract/errors.ts";
import type { StoredEvent } from "../contract/events/index.ts";
import type { RunId, SessionId } from "../contract/ids.ts";
import type { ReadQuery } from "../log/log.ts";

/** The channels of one client. Equal sets have equal keys, so that clients who asked for the same share the work of serving them. */
export interface ChannelSet {
  readonly key: string;
  readonly channels: ReadonlySet<string>;
}

const typePattern = /^(?:\*|[a-z_]+(?:\.[a-z0-9_-]+)*(?:\.\*)?)$/;
const idPattern = /^(?:session:ses_|run:run_)[A-Za-z0-9._:/@+-]+$/;

/** @throws OrreryError BAD_INPUT, naming each channel that is none. */
export function channelSet(asked: Iterable<string>): ChannelSet {
  const channels = [...new Set(asked)].toSorted();
  const problems = channels
    .filter((channel) => !isChannel(channel))
    .map((channel) => ({
      field: "channels",
      message: `must be *, a type, type.*, session:<id>, run:<id> or live:<pattern>, not ${channel}`,
    }));
  if (problems.length > 0) throw new OrreryError("BAD_INPUT", { problems });
  return { key: channels.join(" "), channels: new Set(channels) };
}

/**
 * Every channel that carries this event. Matching is looking these up: it costs the same however many clients wait for something else.
 */
export function channelsOf(event: StoredEvent): string[] {
  const names = ["*", event.type];
  for (let dot = event.type.indexOf("."); dot !== -1; dot = event.type.indexOf(".", dot + 1)) names.push(`${event.type.slice(0, dot)}.*`);
  if (event.session_id !== undefined) names.push(`session:${event.session_id}`);
  if (event.run_id !== undefined) names.push(`run:${event.run_id}`);
  return names;
}

export function carries(set: ChannelSet, event: StoredEvent): boolean {
  return set.channels.has("*") || channelsOf(event).some((name) => set.channels.has(name));
}

/** What an index of the log can find of a set; the rest is left to `carries`. */
export function indexedPart(set: ChannelSet): Pick<ReadQuery, "sessionId" | "runId"> {
  const [first = "", second] = set.channels;
  if (second !== undefined) return {};
  if (first.startsWith("session:")) return { sessionId: first.slice("session:".length) as SessionId };
  if (first.startsWith("run:")) return { runId: first.slice("run:".length) as RunId };
  return {};
}

function isChannel(channel: string): boolean {
  return idPattern.test(channel) || typePattern.test(channel.startsWith("live:") ? channel.slice("live:".length) : channel);
}
