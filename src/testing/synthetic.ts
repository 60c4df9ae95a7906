import type { EventDraft } from "../contract/events/index.ts";
import { toTimestamp } from "../lib/clock.ts";

/**
 * A made-up but plausible working day of many agents, for load and size: the same options give the same events.
 * Each session is a main agent with `agentsPerSession - 1` sub-agents that prompt, request, call tools and end.
 */
export interface SyntheticOptions {
  readonly events: number;
  /** Sessions that run side by side; when one ends, the next begins. */
  readonly parallel?: number;
  readonly eventsPerSession?: number;
  readonly agentsPerSession?: number;
  readonly startMs?: number;
  /** Mean time between two events of the whole stream. */
  readonly stepMs?: number;
  readonly seed?: number;
  /** How many of the last sessions stay open. */
  readonly leaveOpen?: boolean;
}

interface Running {
  readonly name: string;
  readonly length: number;
  step: number;
  turn: number;
  open: { readonly call: string; readonly agent: string }[];
}

const tools = [
  ["Bash", "run", "npm test -- src/cart"],
  ["Read", "read", "src/cart/total.ts"],
  ["Edit", "edit", "src/cart/total.ts"],
  ["Grep", "search", "applyDiscount"],
  ["WebFetch", "web", "https://example.com/docs"],
] as const;

/** Words that make an event about 600 bytes of JSON, as a real tool hook is. */
const filler = "The quick brown fox jumps over the lazy dog while the tests run and the log keeps every word of it. ".repeat(3);

export function* syntheticEvents(options: SyntheticOptions): Generator<EventDraft> {
  const {
    events,
    parallel = 50,
    eventsPerSession = 500,
    agentsPerSession = 5,
    startMs = Date.UTC(2026, 10, 20, 8),
    stepMs = 4,
    seed = 1,
    leaveOpen = true,
  } = options;
  const random = mulberry(seed);
  const running: Running[] = [];
  let started = 0;
  let nowMs = startMs;
  for (let made = 0; made < events;) {
    while (running.length < parallel)
      running.push({ name: `syn-${seed}-${started++}`, length: eventsPerSession, step: 0, turn: 0, open: [] });
    const index = Math.floor(random() * running.length);
    const session = running[index]!;
    nowMs += random() * 2 * stepMs;
    yield next(session, Math.floor(nowMs), agentsPerSession, random);
    made++;
    if (session.step >= session.length || (!leaveOpen && made + running.length >= events)) running.splice(index, 1);
  }
}

function next(session: Running, nowMs: number, agentCount: number, random: () => number): EventDraft {
  const step = session.step++;
  const agent = (n: number): string => (n === 0 ? "agt_main" : `agt_${session.name}-${n}`);
  const base = { timestamp: toTimestamp(nowMs), source: "claude-code/hook", session_id: `ses_${session.name}` };
  const make = (key: string, type: string, agent_id: string, data: object): EventDraft =>
    ({ ...base, id: `${key}:${session.name}:${step}`, type, agent_id, data }) as unknown as EventDraft;
  if (step === 0)
    return make("session", "session.started", "agt_main", {
      app: "claude-code",
      cwd: `/home/dev/${session.name}`,
      project: session.name,
      model: "claude-opus-5-5",
      origin: "startup",
    });
  if (step === session.length - 1) return make("session", "session.ended", "agt_main", { reason: "other" });
  if (step < agentCount)
    return make("agent", "agent.spawned", agent(step), {
      parent_agent_id: agent(Math.floor(step / 3)),
      name: `helper ${step}`,
      agent_type: "Explore",
      edge: "reported",
      task: filler.slice(0, 200),
    });
  if (step % 40 === agentCount)
    return make("turn", "turn.started", "agt_main", {
      turn_id: `trn_${session.name}-${++session.turn}`,
      prompt: filler.slice(0, 120),
      origin: "human",
    });
  if (session.open.length > 0 && random() < 0.55) {
    const { call, agent: owner } = session.open.shift()!;
    return make("tool", "tool.ended", owner, {
      call_id: call,
      outcome: random() < 0.93 ? "ok" : "error",
      output: filler,
      latency_ms: Math.floor(random() * 900),
    });
  }
  const owner = agent(Math.floor(random() * agentCount));
  const roll = random();
  if (roll < 0.6) {
    const [name, kind, title] = tools[Math.floor(random() * tools.length)]!;
    const call = `call_${session.name}-${step}`;
    session.open.push({ call, agent: owner });
    return make("tool", "tool.started", owner, { call_id: call, name, kind, title, input: { command: title, description: filler } });
  }
  if (roll < 0.85) {
    const usage = { input: 4, cache_read: 12_000 + step, cache_write_5m: Math.floor(random() * 900), output: Math.floor(random() * 600) };
    return make("request", "model.responded", owner, {
      request_id: `req_${session.name}-${step}`,
      model: "claude-opus-5-5",
      usage,
      stop_reason: "tool_use",
      note: filler,
    });
  }
  return make("message", "message.added", owner, {
    message_id: `msg_${session.name}-${step}`,
    role: "assistant",
    parts: [{ kind: "text", text: `${step}: ${filler}` }],
  });
}

/** A small seeded generator of numbers in [0, 1). */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
