import { createConversation, type Message } from "./conversation.ts";
import { channels, start, type Channel, type Position, type Rider, type Told, type ToolCall } from "./frames.ts";

/** A delta with its number in its channel, and its place among all deltas of its session. */
export interface Fact extends Told {
  readonly order: number;
  readonly seq: number;
}

/**
 * Of each channel so many of the newest deltas are kept. A client that expects a lower number gets a snapshot and is counted on from its own
 * number; what it expects then stays lower than what is kept, however much is added. So a number within the ring always is one of ours.
 */
const RING = 128;

/** What a session's clients are told, numbered by channel in the order of the log: the same facts give the same numbers, after a restart too. */
export function createTape(chat_id: string, ring = RING) {
  const conversation = createConversation(chat_id);
  const kept: Record<Channel, Fact[]> = { text: [], tool_call: [], tool_result: [], status: [], error: [] };
  const heads: Record<Channel, number> = { ...start };
  let order = 0;
  let correctedAt = 0;

  const floorOf = (channel: Channel) => Math.max(0, heads[channel] - ring);
  const holds = (channel: Channel, seq: number) => seq >= floorOf(channel) && seq <= heads[channel];
  const from = (channel: Channel, seq: number) => kept[channel].slice(Math.max(0, kept[channel].length - (heads[channel] - seq)));

  function rewrite(channel: Channel, change: (fact: Fact) => Told | undefined): void {
    kept[channel] = kept[channel].map((fact) => {
      const changed = change(fact);
      return changed === undefined ? fact : { ...fact, ...changed };
    });
  }

  return {
    add(told: Told): void {
      const { channel } = told.delta;
      const seq = heads[channel]++;
      kept[channel].push({ ...told, seq, order: ++order });
      if (kept[channel].length > ring) kept[channel].shift();
      conversation.apply(told, seq);
    },
    /** Something that was told turned out to be otherwise: whoever was told it needs a new snapshot, and what is told again is right. */
    correct(id: string, patch: Partial<Message>): void {
      conversation.correct(id, patch);
      const { content, tool_calls, tool_results } = patch;
      const first = kept.text.find(({ delta }) => delta.channel === "text" && delta.message_id === id);
      if (content !== undefined)
        rewrite("text", (fact) =>
          fact.delta.channel !== "text" || fact.delta.message_id !== id
            ? undefined
            : { riders: fact.riders, delta: { ...fact.delta, content: fact === first ? content : "" } },
        );
      const tool_call = tool_calls?.[0];
      if (tool_call !== undefined)
        rewrite("tool_call", ({ riders, delta }) =>
          delta.channel !== "tool_call" || delta.message_id !== id
            ? undefined
            : { riders: riders.map((rider) => withCall(rider, tool_call)), delta: { ...delta, tool_call } },
        );
      if (tool_results !== undefined && tool_results !== null)
        rewrite("tool_result", ({ riders, delta }) =>
          delta.channel !== "tool_result" || delta.tool_message_id !== id
            ? undefined
            : { riders, delta: { channel: "tool_result", tool_message_id: id, ...tool_results } },
        );
      correctedAt = ++order;
    },
    /** A message was told that is another one. Its numbers stay taken, and say nothing of that other one. */
    withdraw(id: string, other: string): void {
      conversation.remove(id);
      rewrite("text", ({ delta }) =>
        delta.channel !== "text" || delta.message_id !== id
          ? undefined
          : { riders: [], delta: { ...delta, message_id: other, content: "" } },
      );
      rewrite("status", ({ delta }) =>
        delta.channel !== "status" || delta.message_id !== id ? undefined : { riders: [], delta: { channel: "status", message_id: other } },
      );
      correctedAt = ++order;
    },
    heads: (): Position => ({ ...heads }),
    correctedAt: () => correctedAt,
    holds,
    /** The facts from a position on, in order; undefined where some are no longer kept. */
    since(next: Position): Fact[] | undefined {
      if (!channels.every((channel) => holds(channel, next[channel]))) return undefined;
      return channels.flatMap((channel) => from(channel, next[channel])).toSorted((a, b) => a.order - b.order);
    },
    /** Whether somebody at this position has heard of everything that was put right. */
    knowsCorrections(next: Position): boolean {
      const latest = channels.map((channel) => kept[channel][kept[channel].length - (heads[channel] - next[channel]) - 1]?.order ?? 0);
      return correctedAt <= Math.max(...latest);
    },
    snapshot: conversation.snapshot,
  };
}

function withCall(rider: Rider, { name, args }: ToolCall): Rider {
  return rider.type === "tool_trace_start" ? { ...rider, tool_name: name, tool_input: args } : rider;
}

export type Tape = ReturnType<typeof createTape>;
