import { OrreryError } from "../contract/errors.ts";
import type { SessionId } from "../contract/ids.ts";
import type { AskRow } from "../contract/operations/asks.ts";
import type { Handlers } from "../contract/operations/index.ts";
import type { Clock } from "../lib/clock.ts";
import type { EventLog } from "../log/log.ts";
import type { Session } from "../projections/session.ts";
import { viewAsks } from "../projections/view-asks.ts";
import { viewAgents, viewSession } from "../projections/views.ts";
import { pageOf } from "./cursor.ts";
import type { History } from "./history.ts";
import type { Projector } from "./projector.ts";

interface Deps {
  readonly log: Pick<EventLog, "read" | "head">;
  readonly clock: Pick<Clock, "now">;
  readonly projector: Pick<Projector, "session" | "summaries">;
  readonly history: Pick<History, "wholeSession">;
}

/** Events about asks that are looked through for those that are over, and sessions that are folded for them. */
const LOOKED_AT = 2_000;
const MAX_SESSIONS = 100;

/** Lists asks. The lines about sessions say which have open ones. */
export function createAskHandlers({ log, clock, projector, history }: Deps): Pick<Handlers, "asks.list"> {
  function openOnes(): AskRow[] {
    return projector
      .summaries()
      .filter(({ asks_open = 0 }) => asks_open > 0)
      .flatMap(({ session_id }) => rowsOf(projector.session(session_id)))
      .filter(({ state }) => state === "open");
  }

  function rowsOf(session: Session | undefined): AskRow[] {
    if (session === undefined) return [];
    const asks = viewAsks(session);
    if (asks.length === 0) return [];
    const now = clock.now();
    const { title } = viewSession(session, now);
    const labels = new Map(viewAgents(session, now).map(({ agent_id, label }) => [agent_id, label]));
    return asks.map((ask) => ({
      ...ask,
      session: title,
      ...(session.facts.project === undefined ? {} : { project: session.facts.project }),
      agent: labels.get(ask.agent_id) ?? ask.agent_id.slice(4),
    }));
  }

  function wholeOf(id: string): Session {
    const session = history.wholeSession(id as SessionId, { seq: log.head() });
    if (session === undefined) throw new OrreryError("NOT_FOUND", { what: "session", id });
    return session;
  }

  function everywhere(): AskRow[] {
    const told = log.read({ types: ["ask.*"], order: "newest", limit: LOOKED_AT });
    const ids = [...new Set(told.flatMap(({ session_id }) => session_id ?? []))].slice(0, MAX_SESSIONS);
    return ids.flatMap((id) => rowsOf(wholeOf(id)));
  }

  return {
    "asks.list": ({ state, session_id, agent_id, kind, limit, cursor }) => {
      const open = openOnes();
      const all = session_id !== undefined ? rowsOf(wholeOf(session_id)) : state === "open" ? open : everywhere();
      const rows = all
        .filter(
          (ask) =>
            (state === "all" || ask.state === state) &&
            (agent_id === undefined || ask.agent_id === agent_id) &&
            (kind === undefined || ask.kind === kind),
        )
        .toSorted((a, b) => (timeOf(a) === timeOf(b) ? (a.ask_id < b.ask_id ? -1 : 1) : timeOf(a) < timeOf(b) ? 1 : -1));
      return { ...pageOf(rows, { limit, cursor, key: (row) => [row.session_id, row.ask_id] }), open: open.length };
    },
  };
}

function timeOf(ask: AskRow): string {
  return ask.opened_at ?? ask.decided_at ?? "";
}
