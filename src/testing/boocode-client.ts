// A client of BooCode's session socket as its behaviour is written down: buffers by channel, duplicates, stalls, what it checks and what it strips.
import { z } from "zod";

const uuid = z.uuid();
const iso = z.iso.datetime();
const count = z.number().int().nonnegative();
const nullable = <S extends z.ZodType>(schema: S) => schema.nullable().optional();

/** A tool call takes no other field. */
const toolCall = z.strictObject({ id: z.string().min(1), name: z.string().min(1), args: z.record(z.string(), z.unknown()) });
const toolResult = {
  tool_message_id: uuid,
  tool_call_id: z.string().min(1),
  output: z.string(),
  truncated: z.boolean(),
  error: z.string().optional(),
};
const standing = {
  status: z.enum(["running", "complete", "cancelled", "failed"]).optional(),
  tokens_used: count.optional(),
  ctx_used: count.optional(),
  ctx_max: count.optional(),
  cache_tokens: count.optional(),
  reasoning_tokens: count.optional(),
  started_at: iso.optional(),
  finished_at: iso.optional(),
  model: z.string().optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
};
const failure = { message_id: uuid.optional(), error: z.string(), reason: z.string().optional() };
const delta = (channel: string) => ({ type: z.literal("channel_delta"), seq: count, channel: z.literal(channel) });

export const DeltaFrame = z.discriminatedUnion("channel", [
  z.strictObject({ ...delta("text"), channel: z.literal("text"), message_id: uuid, chat_id: uuid.optional(), content: z.string() }),
  z.strictObject({ ...delta("tool_call"), channel: z.literal("tool_call"), message_id: uuid, tool_call: toolCall }),
  z.strictObject({ ...delta("tool_result"), channel: z.literal("tool_result"), ...toolResult }),
  z.strictObject({ ...delta("status"), channel: z.literal("status"), message_id: uuid, ...standing }),
  z.strictObject({ ...delta("error"), channel: z.literal("error"), ...failure }),
]);
export type DeltaFrame = z.infer<typeof DeltaFrame>;

const trace = { trace_id: uuid, message_id: uuid, chat_id: uuid, tool_name: z.string().min(1) };
const agentStatus = z.enum(["working", "waiting", "idle", "ended"]);
const role = z.enum(["user", "assistant", "system", "tool"]);

const SnapshotMessage = z.looseObject({
  id: uuid,
  session_id: uuid,
  chat_id: uuid,
  role,
  content: z.string(),
  tool_calls: z.array(toolCall).nullable(),
  tool_results: z.object({ tool_call_id: z.string(), output: z.string(), truncated: z.boolean(), error: z.string().optional() }).nullable(),
  status: z.enum(["running", "complete", "cancelled", "failed"]).nullable(),
});

export const Frame = z.union([
  DeltaFrame,
  z.discriminatedUnion("type", [
    z.object({ type: z.literal("snapshot"), messages: z.array(SnapshotMessage), left_out: count.optional() }),
    z.strictObject({
      type: z.literal("agent_snapshot"),
      chat_id: uuid,
      agent: nullable(z.string()),
      model: z.string(),
      mode: nullable(z.string()),
      turn_number: count,
    }),
    z.strictObject({ type: z.literal("tool_trace_start"), ...trace, tool_input: z.record(z.string(), z.unknown()), started_at: iso }),
    z.strictObject({
      type: z.literal("tool_trace_finish"),
      ...trace,
      tool_output: nullable(z.string()),
      latency_ms: z.number().int().optional(),
      tokens_used: nullable(count),
      cache_tokens: nullable(count),
      reasoning_tokens: nullable(count),
      error: nullable(z.string()),
      outcome: nullable(z.string()),
      finished_at: iso,
    }),
    z.strictObject({
      type: z.literal("collision_warning"),
      file_path: z.string(),
      worktrees: z.array(z.string()),
      agents: z.array(z.string()),
      severity: z.enum(["same_line", "adjacent_line", "different_area"]),
    }),
    z.strictObject({ type: z.literal("chat_status"), chat_id: uuid, status: agentStatus }),
    z.strictObject({
      type: z.literal("agent_status_updated"),
      chat_id: uuid,
      agent_id: z.string().min(1),
      agent: z.string().nullable(),
      status: agentStatus,
    }),
    z.strictObject({
      type: z.literal("compacted"),
      chat_id: uuid,
      agent_id: z.string().min(1),
      compacted_at: iso,
      trigger: z.string().optional(),
      tokens_before: count.optional(),
      tokens_after: count.optional(),
      summary: z.string().optional(),
    }),
    z.strictObject({ type: z.literal("message_started"), message_id: uuid, chat_id: uuid, role }),
    z.strictObject({ type: z.literal("message_complete"), message_id: uuid, chat_id: uuid, ...standing }),
    z.strictObject({ type: z.literal("usage"), message_id: uuid, chat_id: uuid, ...standing }),
    z.strictObject({ type: z.literal("error"), chat_id: uuid, ...failure }),
    z.strictObject({ type: z.literal("delta"), message_id: uuid, chat_id: uuid, content: z.string() }),
    z.strictObject({ type: z.literal("tool_call"), message_id: uuid, chat_id: uuid, tool_call: toolCall }),
    z.strictObject({ type: z.literal("tool_result"), chat_id: uuid, ...toolResult }),
  ]),
]);
export type Frame = z.infer<typeof Frame>;

export interface ClientMessage {
  readonly id: string;
  role: z.infer<typeof role>;
  content: string;
  readonly calls: { readonly id: string; readonly name: string; readonly args: object }[];
  readonly results: { readonly tool_call_id: string; readonly output: string; readonly error?: string | undefined }[];
  status: string | undefined;
  tokens_used: number | undefined;
}

const CHANNELS = ["text", "tool_call", "tool_result", "status", "error"] as const;
const STALLED_MS = 5_000;

/**
 * `strips`: the client as it was shipped, which loses every field of a status or error delta and has its state from the older frames.
 * Calls and results are appended without a look at their ids, so that whatever is told twice shows.
 */
export function createBooCodeClient({ strips, now = () => 0 }: { readonly strips: boolean; readonly now?: () => number }) {
  const messages = new Map<string, ClientMessage>();
  const errors: string[] = [];
  const expected = new Map<string, number>();
  const buffers = new Map<string, Map<number, DeltaFrame>>(CHANNELS.map((channel) => [channel, new Map()]));
  const seen = { snapshots: 0, duplicates: 0, stalls: 0, agent: undefined as unknown };
  const waitingSince = new Map<string, number>();

  function open(id: string): ClientMessage {
    const known = messages.get(id);
    if (known !== undefined) return known;
    const message: ClientMessage = {
      id,
      role: "assistant",
      content: "",
      calls: [],
      results: [],
      status: undefined,
      tokens_used: undefined,
    };
    messages.set(id, message);
    return message;
  }

  function stand(message: ClientMessage, told: { status?: string | undefined; tokens_used?: number | undefined }): void {
    if (told.status !== undefined) message.status = told.status;
    if (told.tokens_used !== undefined) message.tokens_used = told.tokens_used;
  }

  function apply(frame: DeltaFrame): void {
    switch (frame.channel) {
      case "text":
        open(frame.message_id).content += frame.content;
        return;
      case "tool_call":
        open(frame.message_id).calls.push(frame.tool_call);
        return;
      case "tool_result": {
        const message = open(frame.tool_message_id);
        message.role = "tool";
        message.status = "complete";
        message.results.push({ tool_call_id: frame.tool_call_id, output: frame.output, error: frame.error });
        return;
      }
      case "status":
        if (!strips) stand(open(frame.message_id), frame);
        return;
      case "error":
        if (!strips) errors.push(`${frame.reason}: ${frame.error}`);
    }
  }

  function take(frame: DeltaFrame): void {
    const { channel, seq } = frame;
    const next = expected.get(channel) ?? 0;
    if (seq < next) {
      seen.duplicates++;
      return;
    }
    const buffer = buffers.get(channel)!;
    buffer.set(seq, frame);
    let at = next;
    for (let ready = buffer.get(at); ready !== undefined; ready = buffer.get(at)) {
      buffer.delete(at++);
      apply(ready);
    }
    expected.set(channel, at);
    if (buffer.size === 0) waitingSince.delete(channel);
    else if (at > next || !waitingSince.has(channel)) waitingSince.set(channel, now());
  }

  return {
    messages,
    errors,
    seen,
    /** What it says on every open: for each channel that it has seen, the number that it expects next. */
    hello: () => ({ type: "reconnect", lastSeqPerChannel: Object.fromEntries(expected) }),
    buffered: () => [...buffers.values()].reduce((sum, { size }) => sum + size, 0),
    /** Once a second: what has waited five seconds for a number starts anew at 0. */
    tick(): void {
      for (const [channel, since] of waitingSince) {
        if (now() - since < STALLED_MS) continue;
        seen.stalls++;
        waitingSince.delete(channel);
        buffers.get(channel)!.clear();
        expected.set(channel, 0);
      }
    },
    receive(text: string): void {
      const frame = Frame.parse(JSON.parse(text));
      switch (frame.type) {
        case "channel_delta":
          return take(frame);
        case "snapshot":
          seen.snapshots++;
          messages.clear();
          for (const { id, role: whose, content, tool_calls, tool_results, status, tokens_used } of frame.messages) {
            const message = open(id);
            Object.assign(message, { role: whose, content, status: status ?? undefined, tokens_used: tokens_used ?? undefined });
            message.calls.push(...(tool_calls ?? []));
            if (tool_results !== null) message.results.push(tool_results);
          }
          return;
        case "message_started":
          open(frame.message_id).role = frame.role;
          open(frame.message_id).status ??= "running";
          return;
        case "message_complete":
        case "usage":
          return stand(open(frame.message_id), frame);
        case "error":
          if (strips) errors.push(`${frame.reason}: ${frame.error}`);
          return;
        case "agent_snapshot":
          seen.agent = frame;
          return;
        case "delta":
          open(frame.message_id).content += frame.content;
          return;
        case "tool_call":
          open(frame.message_id).calls.push(frame.tool_call);
          return;
        case "tool_result":
          Object.assign(open(frame.tool_message_id), { role: "tool", status: "complete" });
          open(frame.tool_message_id).results.push(frame);
          return;
        case "collision_warning":
        case "tool_trace_start":
        case "tool_trace_finish":
      }
    },
  };
}

export type BooCodeClient = ReturnType<typeof createBooCodeClient>;
