import type { StoredEvent } from "../contract/events/index.ts";
import type { CallKind, CallOutcome } from "../contract/events/tool.ts";
import { MAIN_AGENT, type AgentId, type CallId, type RequestId, type TurnId } from "../contract/ids.ts";
import { previewOf, type Text } from "../contract/text.ts";
import { emptyMap, type PersistentMap } from "../lib/persistent-map.ts";
import { contentOf } from "./asks.ts";
import { earlier, fuse, noRanks, rankOf, wayOf, type Fused } from "./fuse.ts";
import type { Projection } from "./projection.ts";

/** One tool call. `input`, `output` and the whole `error` are kept only where the fold was asked for detail. */
export interface Call extends Fused {
  readonly call_id: CallId;
  readonly agent_id: AgentId;
  readonly name?: string;
  readonly kind?: CallKind;
  readonly title?: string;
  readonly request_id?: RequestId;
  readonly turn_id?: TurnId;
  readonly paths?: readonly string[];
  /** For a call that starts an agent: the type it asked for. */
  readonly spawn_type?: string;
  /** A hash of tool and input as a hook told them: hooks ask for leave without naming the call. */
  readonly content?: string;
  readonly started_at?: string;
  readonly ended_at?: string;
  readonly outcome?: CallOutcome;
  readonly exit_code?: number;
  readonly latency_ms?: number;
  readonly waited_ms?: number;
  readonly client_status?: string;
  readonly error?: Text;
  readonly input?: unknown;
  /** What really ran, where a hook rewrote the input. */
  readonly input_run?: unknown;
  readonly output?: unknown;
}

/** How many calls an agent has made, by how they ended; `running` has no outcome yet. */
export type CallTotals = Readonly<Record<CallOutcome | "running", number>>;

/** How many calls of one tool an agent has made. `tool` is absent where no source has named it yet. */
export interface ToolTotals {
  readonly agent_id: AgentId;
  readonly tool?: string;
  readonly counts: CallTotals;
}

export interface Calls {
  readonly map: PersistentMap<CallId, Call>;
  readonly totals: PersistentMap<AgentId, CallTotals>;
  /** By agent and tool; what `totals` says, divided by the names that the calls have now. */
  readonly tools: PersistentMap<string, ToolTotals>;
}

export const noCalls: CallTotals = { running: 0, ok: 0, error: 0, timeout: 0, invalid: 0, denied: 0, interrupted: 0 };

const ERROR_PREVIEW = 300;

/** `detail` keeps inputs and outputs: for one conversation on screen, not for everything that is alive. */
export function callsProjection(options: { readonly detail: boolean }): Projection<Calls> {
  return {
    name: "calls",
    initial: { map: emptyMap(), totals: emptyMap(), tools: emptyMap() },
    apply(calls, event) {
      if (event.type !== "tool.started" && event.type !== "tool.ended") return calls;
      const before = calls.map.get(event.data.call_id);
      const after = applyTo(
        before ?? { call_id: event.data.call_id, agent_id: event.agent_id ?? MAIN_AGENT, from: noRanks },
        event,
        options.detail,
      );
      if (after === before) return calls;
      return {
        map: calls.map.set(after.call_id, after),
        totals: recount(calls.totals, before, after),
        tools: recountTools(calls.tools, before, after),
      };
    },
  };
}

function applyTo(call: Call, event: Extract<StoredEvent, { type: "tool.started" | "tool.ended" }>, detail: boolean): Call {
  const agent_id = event.agent_id;
  if (event.type === "tool.started") {
    const { name, kind, title, input, paths, request_id, turn_id } = event.data;
    const spawn_type = kind === "agent" ? spawnType(input) : undefined;
    const content = wayOf(event.source) === "hook" && input !== undefined ? contentOf(name, input) : undefined;
    const told = fuse(
      call,
      { content, agent_id, name, kind, title, paths, request_id, turn_id, spawn_type, input: detail ? input : undefined },
      rankOf(event.source),
    );
    const started = earlier(told.started_at, event.timestamp);
    return started === told.started_at ? told : { ...told, started_at: started };
  }
  const {
    outcome,
    certainty = "reported",
    name,
    exit_code,
    latency_ms,
    waited_ms,
    client_status,
    error,
    input,
    output,
    turn_id,
  } = event.data;
  const shown = detail || error === undefined ? error : previewOf(error).slice(0, ERROR_PREVIEW);
  // Who made the call is as sure as its source, also where the outcome is only inferred.
  const attributed = certainty === "reported" ? call : fuse(call, { agent_id }, rankOf(event.source));
  const told = fuse(
    attributed,
    {
      agent_id: certainty === "reported" ? agent_id : undefined,
      outcome,
      name,
      exit_code,
      latency_ms,
      waited_ms,
      client_status,
      turn_id,
      error: shown,
      input_run: detail ? input : undefined,
      output: detail ? output : undefined,
    },
    rankOf(event.source, certainty),
  );
  const ended = earlier(told.ended_at, event.timestamp);
  return ended === told.ended_at ? told : { ...told, ended_at: ended };
}

function spawnType(input: unknown): string | undefined {
  const { subagent_type, task_name } = (input ?? {}) as { subagent_type?: unknown; task_name?: unknown };
  return [subagent_type, task_name].find((type) => typeof type === "string") as string | undefined;
}

function recount(totals: Calls["totals"], before: Call | undefined, after: Call): Calls["totals"] {
  if (before !== undefined && before.agent_id === after.agent_id && before.outcome === after.outcome) return totals;
  const added = add(totals, after, 1);
  return before === undefined ? added : add(added, before, -1);
}

function add(totals: Calls["totals"], call: Call, by: number): Calls["totals"] {
  const after = counted(totals.get(call.agent_id), call, by);
  return isEmpty(after) ? totals.delete(call.agent_id) : totals.set(call.agent_id, after);
}

/** A call whose name, agent or outcome is told better moves from the one sum to the other. */
function recountTools(tools: Calls["tools"], before: Call | undefined, after: Call): Calls["tools"] {
  if (before === undefined) return addTool(tools, after, 1);
  if (before.name === after.name && before.agent_id === after.agent_id && before.outcome === after.outcome) return tools;
  return addTool(addTool(tools, after, 1), before, -1);
}

function addTool(tools: Calls["tools"], call: Call, by: number): Calls["tools"] {
  const { agent_id, name } = call;
  const key = name === undefined ? agent_id : `${agent_id}\n${name}`;
  const counts = counted(tools.get(key)?.counts, call, by);
  return isEmpty(counts) ? tools.delete(key) : tools.set(key, { agent_id, ...(name === undefined ? {} : { tool: name }), counts });
}

function counted(counts: CallTotals = noCalls, call: Call, by: number): CallTotals {
  const key = call.outcome ?? "running";
  return { ...counts, [key]: counts[key] + by };
}

function isEmpty(counts: CallTotals): boolean {
  return Object.values(counts).every((count) => count === 0);
}
