import type { EventDraft } from "../../contract/events/index.ts";
import { toId, type TurnId } from "../../contract/ids.ts";
import { agentId, fields, parsed, str, tell, type Place } from "../fields.ts";
import { turnId } from "./draft.ts";

/** A call that starts an agent, as far as its records have told. */
interface Spawn {
  readonly call: string;
  readonly promptId?: string;
  readonly input?: unknown;
}

/** The end of a call without its agent. */
interface Run {
  readonly at: string;
  readonly key: string;
  readonly ended: Extract<EventDraft, { type: "tool.ended" }>["data"];
}

/** Facts whose parts stand in several records. Each call tells one part and returns what is now whole; told twice, it is the same event. */
export interface Correlation {
  /** The span in which a call runs: its children are the work of the agent that it starts. */
  execution(place: Place, span: string, call: string, startedAt: string): EventDraft[];
  /** Work of an agent below a span. */
  child(place: Place, parentSpan: string, agent: string): EventDraft[];
  /** What a call's own log records say of it. */
  call(place: Place, call: string, told: Omit<Spawn, "call">): EventDraft[];
  /** The span of a call; below it stand the waiting for permission and the run. */
  tool(span: string, told: { readonly place: Place; readonly call: string }): EventDraft[];
  ran(toolSpan: string, run: Run): EventDraft[];
  waited(toolSpan: string, ms: number): EventDraft[];
  /** The prompt that an interaction span stands for. */
  prompt(place: Place, span: string, turn: TurnId): EventDraft[];
  interaction(place: Place, span: string, durationMs: number | undefined): EventDraft[];
}

/** So many joins of a kind are remembered: more than any client has open at once. */
const REMEMBERED = 4_000;

export function createCorrelation(): Correlation {
  const executions = createMemory<{ readonly call: string; readonly startedAt: string }>();
  const children = createMemory<ReadonlyMap<string, Place>>();
  const calls = createMemory<Spawn>();
  const childOfCall = createMemory<ReadonlyMap<string, Place>>();
  const prompts = createMemory<TurnId>();
  const tools = createMemory<{ readonly place: Place; readonly call: string }>();
  const runs = createMemory<Run>();
  const waits = createMemory<number>();
  const interactions = createMemory<{ readonly place: Place; readonly durationMs: number | undefined }>();

  /** The child is known by name: tell what its call says of it. */
  function spawned(place: Place, call: string, agent: string): EventDraft[] {
    const spawn = calls.get(`${place.session} ${call}`);
    if (spawn === undefined) return [];
    const events: EventDraft[] = [];
    const input = fields(parsed(spawn.input));
    const task = str(input?.["prompt"]);
    if (input !== undefined) {
      const told = { name: str(input["description"]), agent_type: str(input["subagent_type"]), task, edge: "inferred" as const };
      events.push(tell(place, "agent.spawned", `${agent}:${call}:input`, told, agentId(agent)));
    }
    if (spawn.promptId !== undefined) {
      const turn = { turn_id: turnId(spawn.promptId, agent), origin: "agent" as const };
      const key = `${spawn.promptId}:${agent}:${call}`;
      events.push(tell(place, "turn.started", key, turn, agentId(agent)));
      if (task !== undefined) events.push(tell(place, "turn.started", `${key}:task`, { ...turn, prompt: task }, agentId(agent)));
    }
    return events;
  }

  function linked(span: string, agent: string): EventDraft[] {
    const execution = executions.get(span);
    const place = children.get(span)?.get(agent);
    if (execution === undefined || place === undefined) return [];
    const at = { ...place, at: execution.startedAt };
    const key = `${place.session} ${execution.call}`;
    childOfCall.set(key, new Map(childOfCall.get(key)).set(agent, at));
    const data = { call_id: toId("call", execution.call), edge: "reported" as const };
    return [tell(at, "agent.spawned", `${agent}:${execution.call}`, data, agentId(agent)), ...spawned(at, execution.call, agent)];
  }

  return {
    execution(place, span, call, startedAt) {
      executions.set(span, { call, startedAt });
      return [...(children.get(span)?.keys() ?? [])].flatMap((agent) => linked(span, agent));
    },
    child(place, parentSpan, agent) {
      const held = children.get(parentSpan);
      if (held?.has(agent) !== true) children.set(parentSpan, new Map(held).set(agent, place));
      return linked(parentSpan, agent);
    },
    call(place, call, told) {
      const key = `${place.session} ${call}`;
      const before = calls.get(key);
      calls.set(key, { call, promptId: told.promptId ?? before?.promptId, input: told.input ?? before?.input });
      return [...(childOfCall.get(key) ?? [])].flatMap(([agent, at]) => spawned(at, call, agent));
    },
    tool(span, told) {
      tools.set(span, told);
      return endOf(span);
    },
    ran(toolSpan, run) {
      runs.set(toolSpan, run);
      return endOf(toolSpan);
    },
    waited(toolSpan, ms) {
      waits.set(toolSpan, ms);
      return endOf(toolSpan);
    },
    prompt(place, span, turn) {
      prompts.set(span, turn);
      return finished(span);
    },
    interaction(place, span, durationMs) {
      interactions.set(span, { place, durationMs });
      return finished(span);
    },
  };

  /** How a call ended, with the time that a person took, once that is known too. */
  function endOf(span: string): EventDraft[] {
    const of = tools.get(span);
    const run = runs.get(span);
    if (of === undefined || run === undefined) return [];
    const place = { ...of.place, at: run.at };
    const waited_ms = waits.get(span);
    const ended = tell(place, "tool.ended", `${of.call}:${run.key}`, run.ended);
    return waited_ms === undefined
      ? [ended]
      : [ended, tell(place, "tool.ended", `${of.call}:${run.key}:waited`, { ...run.ended, waited_ms })];
  }

  function finished(span: string): EventDraft[] {
    const turn_id = prompts.get(span);
    const interaction = interactions.get(span);
    if (turn_id === undefined || interaction === undefined) return [];
    return [tell(interaction.place, "turn.ended", span, { turn_id, duration_ms: interaction.durationMs })];
  }
}

/** A map that forgets what was set longest ago. */
function createMemory<V>(): { get(key: string): V | undefined; set(key: string, value: V): void } {
  const held = new Map<string, V>();
  return {
    get: (key) => held.get(key),
    set(key, value) {
      held.delete(key);
      held.set(key, value);
      if (held.size > REMEMBERED) held.delete(held.keys().next().value!);
    },
  };
}
