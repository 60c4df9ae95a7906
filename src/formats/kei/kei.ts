import type { EventDraft } from "../../contract/events/index.ts";
import { MAIN_AGENT, toId } from "../../contract/ids.ts";
import { describeCall } from "../claude/describe-call.ts";
import { agentId, count, duration, fields, fingerprint, keep, problem, str, tell, time, type Fields, type Place } from "../fields.ts";
import type { Translation } from "../translation.ts";

/** Session and parent session of each agent, by the id of the call that started it. Plain data. */
export type KeiState = Readonly<Record<string, string>>;

const MAX_AGENTS = 5_000;
/** The one session of lines that name none. */
const NAMELESS = "kei";

/**
 * Reads the lines of an `agent-events.jsonl`. Agents go by the id of the call that started them, and only their first line names a session, so a
 * reader must see an agent's beginning, or be given the state of one that did. Times are whole seconds: nothing is ordered or keyed by them.
 * The one event that says what a line says carries it whole, as `line`: with the fields that are nobody's but its writer's.
 */
export function createKei(saved: KeiState = {}): { translate(record: unknown): Translation; readonly state: KeiState } {
  let state = saved;

  function sessionOf(id: string): string | undefined {
    return Object.hasOwn(state, id) ? state[id] : undefined;
  }

  /** Where a call was made: `main`, a session (older writers) or an agent. */
  function placeOf(who: string | undefined, at: string): Place {
    const base = { app: "kei", way: "other" as const, at };
    if (who === undefined || who === "main" || who === "unknown") return { ...base, session: latest() ?? NAMELESS, agent: MAIN_AGENT };
    const session = sessionOf(who);
    return session === undefined ? { ...base, session: who, agent: MAIN_AGENT } : { ...base, session, agent: agentId(who) };
  }

  function latest(): string | undefined {
    return Object.values(state).at(-1);
  }

  function spawn(line: Fields, at: string): Translation {
    const id = str(line["id"]);
    if (id === undefined || id === "unknown") return keep(placeOf("main", at), "unused", "agent_spawn", line);
    const session = str(line["parent_id"]) ?? NAMELESS;
    const { [id]: _, ...others } = state;
    state = { ...others, [id]: session };
    if (Object.keys(state).length > MAX_AGENTS) state = Object.fromEntries(Object.entries(state).slice(1));
    const place: Place = { app: "kei", way: "other", session, agent: MAIN_AGENT, at };
    const call_id = toId("call", id);
    const agent_type = str(line["subagent_type"]);
    const task = str(line["prompt_preview"]);
    const spawned = {
      parent_agent_id: MAIN_AGENT,
      call_id,
      agent_type,
      model: str(line["model"]),
      task,
      edge: "inferred" as const,
      branch: str(line["branch"]),
      line,
    };
    return {
      events: [
        tell(place, "tool.started", id, {
          call_id,
          name: "Agent",
          kind: "agent",
          title: task?.slice(0, 200),
          input: { subagent_type: agent_type, prompt: task },
        }),
        tell(place, "agent.spawned", id, spawned, agentId(id)),
      ],
    };
  }

  function done(line: Fields, at: string): Translation {
    const id = str(line["id"]);
    const session = id === undefined ? undefined : sessionOf(id);
    if (id === undefined || session === undefined) return keep(placeOf("main", at), "unused", "agent_done", line);
    const place: Place = { app: "kei", way: "other", session, agent: MAIN_AGENT, at };
    const duration_ms = duration(line["duration_ms"]);
    const outcome = outcomes.get(str(line["outcome"]) ?? "") ?? ("completed" as const);
    const cost = line["cost_usd"];
    const ended = {
      outcome,
      duration_ms,
      told_outcome: str(line["outcome"]),
      tool_calls: count(line["tool_use_count"]),
      tokens: count(line["total_tokens"]),
      cost_usd_micros: typeof cost === "number" && cost >= 0 && cost < 1e9 ? Math.round(cost * 1_000_000) : undefined,
      line,
    };
    return {
      events: [
        tell(place, "agent.ended", id, ended, agentId(id)),
        tell(place, "tool.ended", id, {
          call_id: toId("call", id),
          outcome: outcome === "failed" ? "error" : "ok",
          certainty: "inferred",
          latency_ms: duration_ms,
        }),
      ],
    };
  }

  /** A call is told when it begins, and its end never: it counts as done, by inference. */
  function call(line: Fields, at: string): Translation {
    const id = str(line["id"]);
    const name = str(line["tool"]);
    const place = placeOf(str(line["agent_id"]), at);
    if (id === undefined || name === undefined) return keep(place, "unused", "tool_use", line);
    const call_id = toId("call", id);
    return {
      events: [
        tell(place, "tool.started", id, { call_id, name, kind: describeCall(name, {}).kind, line }),
        tell(place, "tool.ended", id, { call_id, name, outcome: "ok", certainty: "inferred" }),
      ],
    };
  }

  function skill(line: Fields, at: string): Translation {
    const name = str(line["skill"]);
    const place = placeOf(str(line["agent_id"]), at);
    if (name === undefined) return keep(place, "unused", "skill_use", line);
    const id = str(line["id"]);
    if (id === undefined || id === "unknown") return { events: [tell(place, "skill.used", fingerprint(at, line), { name, line })] };
    const call_id = toId("call", id);
    const outcome = line["success"] === false ? ("error" as const) : ("ok" as const);
    const events: EventDraft[] = [
      tell(place, "skill.used", id, { name, call_id, line }),
      tell(place, "tool.started", id, { call_id, name: "Skill", kind: "skill", title: name.slice(0, 200) }),
      tell(place, "tool.ended", id, { call_id, name: "Skill", outcome }),
    ];
    return { events };
  }

  return {
    get state() {
      return state;
    },
    translate(record) {
      const line = fields(record);
      const kind = str(line?.["event"]);
      const at = time(line?.["ts"]);
      if (line === undefined || kind === undefined) return problem("not an event line: it has no event");
      if (at === undefined) return problem("an event line without ts");
      switch (kind) {
        case "agent_spawn":
          return spawn(line, at);
        case "agent_done":
          return done(line, at);
        case "tool_use":
          return call(line, at);
        case "skill_use":
          return skill(line, at);
        default:
          return keep(placeOf(str(line["agent_id"]), at), "unknown", kind, line);
      }
    },
  };
}

const outcomes: ReadonlyMap<string, "completed" | "partial" | "failed"> = new Map([
  ["functional", "completed"],
  ["partial", "partial"],
  ["scaffolding", "partial"],
  ["fail", "failed"],
]);
