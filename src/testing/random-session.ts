import fc from "fast-check";
import type { StoredEvent } from "../contract/events/index.ts";

/** Different sources tell one call, message or request within this time of each other; a trimmed session relies on it (`projections/trim.ts`). */
const RETOLD_WITHIN_MS = 100_000;
const retold: ReadonlySet<string> = new Set(["call_id", "message_id", "request_id", "ask_id"]);

/** Events of one session as several careless sources might tell them: few ids, so that facts meet; times that disagree. */
export function randomSessionEvents(options: { readonly maxLength?: number } = {}): fc.Arbitrary<StoredEvent[]> {
  const agents = ["agt_main", "agt_a1", "agt_b2", "agt_c3"];
  const at = fc.integer({ min: 0, max: 600_000 }).map((ms) => new Date(Date.UTC(2026, 10, 20, 10) + ms).toISOString());
  const agent = fc.constantFrom(...agents);
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
  const id = (prefix: string, count: number) => fc.integer({ min: 1, max: count }).map((n) => `${prefix}_${n}`);
  const word = fc.constantFrom("Read", "Bash", "Agent", "Edit the file", "<b>x</b>", "");
  const tokens = fc.integer({ min: 0, max: 9_000 });
  const standing = fc.constantFrom("pending", "in_progress", "completed", "cancelled");
  const tell = <D extends object>(type: string, data: fc.Arbitrary<D>) => fc.record({ type: fc.constant(type), data });
  const told = fc.oneof(
    tell("session.started", fc.record({ cwd: maybe(word), model: maybe(word), origin: maybe(fc.constantFrom("startup", "resume")) })),
    tell("session.updated", fc.record({ title: maybe(word), permission_mode: maybe(word) })),
    tell("session.ended", fc.record({ reason: maybe(word) })),
    tell(
      "agent.spawned",
      fc.record({
        parent_agent_id: maybe(agent),
        name: maybe(word),
        agent_type: maybe(word),
        call_id: maybe(id("call", 6)),
        edge: maybe(fc.constantFrom("reported", "inferred")),
        task: maybe(word),
      }),
    ),
    tell("agent.updated", fc.record({ status: fc.constantFrom("idle", "working"), reason: maybe(word) })),
    tell("agent.ended", fc.record({ outcome: fc.constantFrom("completed", "failed"), summary: maybe(word) })),
    tell(
      "turn.started",
      fc.record({ turn_id: id("trn", 3), prompt: maybe(word), origin: maybe(fc.constantFrom("human", "notification")) }),
    ),
    tell(
      "turn.ended",
      fc.record({
        turn_id: maybe(id("trn", 3)),
        stop_reason: maybe(word),
        interrupted: maybe(fc.boolean()),
        usage: maybe(fc.record({ prompt: maybe(tokens), cache_read: maybe(tokens), output: maybe(tokens) })),
        thread_usage: maybe(fc.record({ input: maybe(tokens) })),
      }),
    ),
    tell(
      "message.added",
      fc.record({
        message_id: id("msg", 8),
        role: fc.constant("assistant"),
        parts: fc.array(fc.record({ kind: fc.constantFrom("text", "thinking"), text: word }), { maxLength: 2 }),
        index: maybe(fc.integer({ min: 0, max: 2 })),
      }),
    ),
    tell(
      "tool.started",
      fc.record({
        call_id: id("call", 6),
        name: word,
        kind: maybe(fc.constantFrom("agent", "run")),
        title: maybe(word),
        input: fc.record({ subagent_type: word }),
        paths: maybe(fc.array(word, { maxLength: 2 })),
      }),
    ),
    tell(
      "tool.ended",
      fc.record({
        call_id: id("call", 6),
        outcome: fc.constantFrom("ok", "error", "denied"),
        certainty: maybe(fc.constantFrom("reported", "inferred")),
        latency_ms: maybe(tokens),
        error: maybe(word),
      }),
    ),
    tell(
      "model.responded",
      fc.record({
        request_id: id("req", 5),
        model: maybe(word),
        usage: maybe(fc.record({ input: maybe(tokens), output: maybe(tokens) })),
        stop_reason: maybe(fc.constantFrom("end_turn", "tool_use")),
      }),
    ),
    tell(
      "ask.opened",
      fc.record({
        ask_id: id("ask", 4),
        kind: fc.constantFrom("permission", "question"),
        call_id: maybe(id("call", 6)),
        tool: maybe(word),
        input: maybe(fc.record({ subagent_type: word })),
      }),
    ),
    tell("ask.answered", fc.record({ ask_id: id("ask", 4), outcome: fc.constantFrom("allowed", "denied"), by: maybe(word) })),
    tell("ask.withdrawn", fc.record({ ask_id: id("ask", 4) })),
    tell("prompt.queued", fc.record({ prompt: maybe(word) })),
    tell("prompt.taken", fc.record({ how: fc.constantFrom("sent", "removed"), prompt: maybe(word), all: maybe(fc.boolean()) })),
    tell("model.failed", fc.record({ class: word })),
    tell(
      "todo.listed",
      fc.record({
        call_id: maybe(id("call", 6)),
        todos: fc.array(fc.record({ title: word, status: standing }), { maxLength: 3 }),
      }),
    ),
    tell(
      "todo.updated",
      fc.record({
        call_id: maybe(id("call", 6)),
        todo_id: maybe(fc.constantFrom("1", "2", "3")),
        title: maybe(word),
        status: maybe(standing),
        add_blocked_by: maybe(fc.array(fc.constantFrom("1", "2", "3"), { maxLength: 2 })),
        add_blocks: maybe(fc.array(fc.constantFrom("1", "2"), { maxLength: 2 })),
        applied: maybe(fc.constant(false)),
      }),
    ),
    tell("context.compacted", fc.record({ phase: maybe(fc.constantFrom("started", "ended")), trigger: maybe(word) })),
  );
  const event = fc.record({ told, at, agent: maybe(agent), way: fc.constantFrom("hook", "transcript", "otel") });
  return fc.array(event, { maxLength: options.maxLength ?? 60 }).map((list) =>
    list.map(
      ({ told: { type, data }, at: timestamp, agent: agent_id, way }, index) =>
        ({
          seq: index + 1,
          id: `evt:${index}`,
          type,
          timestamp,
          source: `claude-code/${way}`,
          session_id: "ses_random",
          ...(agent_id === undefined ? {} : { agent_id }),
          data: Object.fromEntries(
            Object.entries(data)
              .filter(([, value]) => value !== undefined)
              .map(([key, value]) => [
                key,
                retold.has(key) ? `${String(value)}-${Math.floor(Date.parse(timestamp) / RETOLD_WITHIN_MS)}` : value,
              ]),
          ),
        }) as unknown as StoredEvent,
    ),
  );
}
