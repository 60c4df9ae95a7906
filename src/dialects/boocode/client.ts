import { channels, olderFrame, start, type Channel, type Position } from "./frames.ts";
import type { Fact } from "./tape.ts";
import type { Teller } from "./teller.ts";

interface Pending {
  readonly frame: object;
  /** The channel that is one further once this is sent. */
  readonly channel?: Channel;
}

/**
 * What one open socket is sent. It speaks channels from the client's `reconnect` on, which says what it expects next; with a client that never
 * says so it speaks the older frames. It goes at the speed of the client's reading: at any time at most one fact or snapshot waits here.
 */
export function createClient({ tape, agent, states, chat_id }: Teller, send: (frame: object) => boolean) {
  let speaks: "nothing yet" | "channels" | "older frames" = "nothing yet";
  let pending: Pending[] = [];
  /** Where it stands on the tape, and how much greater its own numbers are. */
  let next: Record<Channel, number> = { ...start };
  let offset: Record<Channel, number> = { ...start };
  let corrections = 0;
  let toldAgent: unknown;
  let statesSeen = 0;

  const expected = (): Position => mapChannels((channel) => next[channel] + offset[channel]);

  /** How things stand; whatever numbers the client expects, it is counted on from there. */
  function queueSnapshot(asked: Position): void {
    const heads = tape.heads();
    const isOurs = (channel: Channel) => speaks === "channels" && tape.holds(channel, asked[channel]);
    next = mapChannels((channel) => (isOurs(channel) ? asked[channel] : heads[channel]));
    offset = mapChannels((channel) => asked[channel] - next[channel]);
    const { messages, leftOut } = tape.snapshot(next);
    corrections = tape.correctedAt();
    toldAgent = undefined;
    statesSeen = 0;
    pending.push({ frame: { type: "snapshot", messages, ...(leftOut === 0 ? {} : { left_out: leftOut }) } });
  }

  function queueFact({ riders, delta, seq }: Fact): void {
    const { channel } = delta;
    if (speaks === "channels") {
      const frame = { type: "channel_delta", seq: seq + offset[channel], ...delta };
      pending.push(...riders.map((rider) => ({ frame: rider })), { frame, channel });
      return;
    }
    const frames = [...riders, olderFrame(delta, chat_id)].filter((frame) => frame !== undefined);
    pending.push(...frames.map((frame, index) => (index === frames.length - 1 ? { frame, channel } : { frame })));
    if (frames.length === 0) next[channel]++;
  }

  /** False when the client has to read first. */
  function flush(): boolean {
    for (let first = pending[0]; first !== undefined; first = pending[0]) {
      if (!send(first.frame)) return false;
      if (first.channel !== undefined) next[first.channel]++;
      pending.shift();
    }
    return true;
  }

  function pump(): void {
    if (speaks === "nothing yet") return;
    while (flush()) {
      const facts = corrections === tape.correctedAt() ? tape.since(next) : undefined;
      if (facts === undefined) {
        queueSnapshot(expected());
        continue;
      }
      const now = agent();
      if (now !== undefined && now !== toldAgent) pending.push({ frame: now });
      toldAgent = now;
      const changed = states(statesSeen);
      pending.push(...changed.frames.map((frame) => ({ frame })));
      statesSeen = changed.seen;
      if (facts.length === 0 && pending.length === 0) return;
      for (const fact of facts) {
        queueFact(fact);
        if (!flush()) return;
      }
    }
  }

  return {
    /** Sends on, as far as the client reads. */
    pump,
    /** The client says what it expects next, of each channel that it has seen. */
    reconnect(seen: Partial<Position>): void {
      const asked = mapChannels((channel) => seen[channel] ?? 0);
      const sent = expected();
      const before = speaks;
      speaks = "channels";
      pending = [];
      // Said once more on the same line, it may be older than what is under way.
      if (before === "channels") queueSnapshot(mapChannels((channel) => Math.max(asked[channel], sent[channel])));
      else if (
        before === "older frames" ||
        Object.keys(seen).length === 0 ||
        tape.since(asked) === undefined ||
        !tape.knowsCorrections(asked)
      )
        queueSnapshot(asked);
      else {
        next = asked;
        corrections = tape.correctedAt();
      }
      pump();
    },
    /** The client says nothing: it does not know of channels. */
    begin(): void {
      if (speaks !== "nothing yet") return;
      speaks = "older frames";
      queueSnapshot(start);
      pump();
    },
  };
}

export type Client = ReturnType<typeof createClient>;

function mapChannels(value: (channel: Channel) => number): Record<Channel, number> {
  return Object.fromEntries(channels.map((channel) => [channel, value(channel)])) as Record<Channel, number>;
}
