import type { StoredEvent } from "../../contract/events/index.ts";
import { foreignId, MAIN_AGENT, type AgentId, type SessionId } from "../../contract/ids.ts";
import type { Spend } from "../../contract/operations/money.ts";
import { createPacer } from "../../lib/clock.ts";
import { costOf } from "../../money/cost.ts";
import { followCalls } from "../../projections/calls-by-agent.ts";
import type { Call } from "../../projections/calls.ts";
import type { Session } from "../../projections/session.ts";
import { viewAgents, viewCall } from "../../projections/views.ts";
import type { Picture } from "../picture.ts";
import { createTold } from "../told.ts";
import { dollars, textOf } from "./reads.ts";
import { recentOf, type Recent } from "./recent.ts";

const TRACES = 20;
const LOGS = 20;
/** How long a session that nothing came of is told as it was: its agents' states follow the clock by minutes. */
const TOLD_MS = 5_000;

/** A session whose workers were asked for before. */
interface Held {
  readonly callsOf: ReturnType<typeof followCalls>;
  readonly logs: Map<AgentId, Logs>;
  told?: { readonly session: Session; readonly recent: Recent; readonly atMs: number; readonly rows: readonly object[] };
}
const known = new WeakMap<Picture, Map<SessionId, Held>>();

/** An agent's last words, as long as they are from the same message to the same. */
interface Logs {
  readonly newest: StoredEvent | undefined;
  readonly oldest: StoredEvent | undefined;
  readonly rows: readonly object[];
}
/** Of calls whose outcome is known: nothing else decides what is told of them. */
const traces = new WeakMap<Call, object>();

/** The sub-agents that are alive: what each does, its last words and its last calls. */
export async function workersOf(picture: Picture): Promise<object[]> {
  const held = known.get(picture) ?? new Map<SessionId, Held>();
  known.set(picture, held);
  const breathe = createPacer(picture.clock);
  const rows: object[] = [];
  const sessions = picture.sessions();
  for (const session of sessions) {
    const own = held.get(session.session_id) ?? { callsOf: followCalls(), logs: new Map() };
    held.set(session.session_id, own);
    rows.push(...rowsOf(picture, session, own));
    await breathe();
  }
  const shown = new Set(sessions.map(({ session_id }) => session_id));
  for (const id of held.keys()) if (!shown.has(id)) held.delete(id);
  return rows;
}

function rowsOf(picture: Picture, session: Session, held: Held): readonly object[] {
  const atMs = picture.clock.now();
  const recent = recentOf(picture, session.session_id);
  const { told } = held;
  if (told?.session === session && told.recent === recent && Math.abs(atMs - told.atMs) < TOLD_MS) return told.rows;
  const rows = workersIn(picture, session, { recent, calls: held.callsOf(session.calls.map), logs: held.logs });
  held.told = { session, recent, atMs, rows };
  return rows;
}

interface Known extends Pick<Held, "logs"> {
  readonly recent: Recent;
  readonly calls: ReturnType<Held["callsOf"]>;
}

function workersIn(picture: Picture, session: Session, { recent, calls, logs }: Known): object[] {
  const agents = viewAgents(session, picture.clock.now(), calls.open.values()).filter(
    ({ agent_id, status }) => agent_id !== MAIN_AGENT && status !== "ended",
  );
  const alive = new Set(agents.map(({ agent_id }) => agent_id));
  for (const id of logs.keys()) if (!alive.has(id)) logs.delete(id);
  if (agents.length === 0) return [];
  const words = Map.groupBy(recent.messages, ({ agent_id = MAIN_AGENT }) => agent_id);
  const spent = Map.groupBy(session.usage.totals.values(), ({ agent_id }) => agent_id);
  return agents.map((agent) => ({
    id: foreignId(agent.agent_id),
    session_id: foreignId(session.session_id),
    parent_id: agent.parent_agent_id === undefined ? null : foreignId(agent.parent_agent_id),
    name: agent.label,
    role: agent.agent_type ?? null,
    model: agent.model ?? null,
    status: agent.status,
    task: agent.task ?? null,
    started_at: agent.spawned_at,
    tokens: agent.tokens,
    cost_usd: costIn(spent.get(agent.agent_id), picture),
    logs: logsOf(agent.agent_id, words.get(agent.agent_id) ?? [], logs),
    traces: (calls.of.get(agent.agent_id) ?? []).slice(-TRACES).map((call) => traceOf(call, session)),
  }));
}

function costIn(spent: readonly Spend[] | undefined, { pricesAt }: Picture): number | null {
  return spent === undefined ? null : dollars(costOf(spent, pricesAt).usd_micros);
}

function traceOf(call: Call, session: Session): object {
  const held = traces.get(call);
  if (held !== undefined) return held;
  const { call_id, name, title, state, outcome, started_at, duration_ms } = viewCall(call, session);
  const trace = {
    id: foreignId(call_id),
    tool: name ?? null,
    title: title ?? null,
    status: state === "running" ? "running" : (outcome ?? "ok"),
    started_at: started_at ?? null,
    duration_ms: duration_ms ?? null,
  };
  if (call.outcome !== undefined) traces.set(call, trace);
  return trace;
}

/** Of messages, newest first, the last ones, oldest first, each once: hooks and the transcript tell the same. */
function logsOf(agentId: AgentId, messages: readonly StoredEvent[], held: Map<AgentId, Logs>): readonly object[] {
  const last = messages.slice(0, 2 * LOGS);
  const [newest, oldest] = [last[0], last.at(-1)];
  const before = held.get(agentId);
  if (before !== undefined && before.newest === newest && before.oldest === oldest) return before.rows;
  const rows = last.toReversed().filter(createTold().isNew).slice(-LOGS).flatMap(wordsOf);
  held.set(agentId, { newest, oldest, rows });
  return rows;
}

function wordsOf({ timestamp, type, data }: StoredEvent): object[] {
  return type === "message.added" ? [{ at: timestamp, role: data.role, text: textOf(data) }] : [];
}
