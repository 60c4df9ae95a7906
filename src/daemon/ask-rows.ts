import { OrreryError } from "../contract/errors.ts";
import type { SessionId } from "../contract/ids.ts";
import type { AskRow } from "../contract/operations/asks.ts";
import { isBodyRef, previewOf } from "../contract/text.ts";
import { createPacer, type Clock } from "../lib/clock.ts";
import type { EventLog } from "../log/log.ts";
import { ruledPart } from "../projections/ask-answers.ts";
import { PROMPT_PREVIEW } from "../projections/ask-notice.ts";
import type { Session } from "../projections/session.ts";
import { viewAsks, type AskView } from "../projections/view-asks.ts";
import { viewAgents, viewSession } from "../projections/views.ts";
import { outcomeOfDecided, type AskBook, type HeldAsk } from "./ask-book.ts";
import type { History } from "./history.ts";
import type { Projector } from "./projector.ts";

/** Asks as they are shown: what is seen of them in sessions, and what is held, each once. */
export interface AskRows {
  open(): readonly AskRow[];
  ofSession(id: string): Promise<readonly AskRow[]>;
  everywhere(): Promise<readonly AskRow[]>;
  ofHeld(held: HeldAsk): AskRow;
  /** By any id under which it was told. */
  find(id: string): Promise<AskRow | undefined>;
}

export interface AskRowsDeps {
  readonly log: Pick<EventLog, "read" | "head">;
  readonly clock: Pick<Clock, "now" | "soon">;
  readonly projector: Pick<Projector, "session" | "summaries">;
  readonly history: Pick<History, "wholeInPieces">;
  readonly book: Pick<AskBook, "open" | "get" | "latestClosed">;
}

/** Events about asks that are looked through for those that are over, and sessions that are folded for them. */
const LOOKED_AT = 2_000;
const MAX_SESSIONS = 100;

export function createAskRows({ log, clock, projector, history, book }: AskRowsDeps): AskRows {
  function rowsOf(session: Session | undefined): AskRow[] {
    if (session === undefined) return [];
    const asks = viewAsks(session);
    return asks.length === 0 ? [] : asks.map(rowIn(session));
  }

  function rowIn(session: Session): (ask: AskView) => AskRow {
    const now = clock.now();
    const { title } = viewSession(session, now);
    const labels = new Map(viewAgents(session, now).map(({ agent_id, label }) => [agent_id, label]));
    return (ask) => {
      const told = ask.told_as.map((id) => book.get(id)).filter((held) => held !== undefined);
      const held = told.find(({ decided }) => decided === undefined) ?? told[0];
      return {
        ...ask,
        is_held: held !== undefined,
        session: title,
        ...(session.facts.project === undefined ? {} : { project: session.facts.project }),
        agent: labels.get(ask.agent_id) ?? ask.agent_id.slice(4),
        told_as: [...ask.told_as],
        ...(held === undefined ? {} : heldFields(held, ask.outcome)),
      };
    };
  }

  async function ofSession(id: string): Promise<AskRow[]> {
    const session = await history.wholeInPieces(id as SessionId, { seq: log.head() });
    if (session === undefined) throw new OrreryError("NOT_FOUND", { what: "session", id });
    return rowsOf(session);
  }

  function ofHeld(held: HeldAsk): AskRow {
    const { session_id } = held.opened;
    const session = session_id === undefined ? undefined : projector.session(session_id);
    const row = session === undefined ? undefined : rowsOf(session).find(({ told_as }) => told_as!.includes(held.ask_id));
    return {
      ...row,
      ...(session_id === undefined ? {} : { session_id, agent_id: row?.agent_id ?? held.opened.agent_id }),
      ...bare(held, row?.outcome),
    };
  }

  function open(): AskRow[] {
    const inSessions = projector
      .summaries()
      .filter(({ asks_open = 0 }) => asks_open > 0)
      .flatMap(({ session_id }) => rowsOf(projector.session(session_id)))
      .filter(({ state }) => state === "open");
    const shown = new Set(inSessions.flatMap(({ told_as = [] }) => told_as));
    const others = book.open().filter(({ ask_id }) => !shown.has(ask_id));
    return [...inSessions, ...others.map(ofHeld)];
  }

  async function everywhere(): Promise<AskRow[]> {
    const told = log.read({ types: ["ask.*"], order: "newest", limit: LOOKED_AT });
    const ids = [...new Set(told.flatMap(({ session_id }) => session_id ?? []))].slice(0, MAX_SESSIONS);
    const alone = [...book.open(), ...book.latestClosed(LOOKED_AT)].filter(({ opened }) => opened.session_id === undefined);
    const rows: AskRow[] = [];
    const breathe = createPacer(clock);
    for (const id of ids) {
      rows.push(...(await ofSession(id)));
      await breathe();
    }
    return [...rows, ...alone.map(ofHeld)];
  }

  return {
    open,
    ofSession,
    everywhere,
    ofHeld,
    async find(id) {
      const isIt = (row: AskRow) => row.ask_id === id || row.told_as?.includes(id) === true;
      return open().find(isIt) ?? (await everywhere()).find(isIt);
    },
  };
}

/** What only the book knows, and what it knows best. */
function heldFields({ ask_id, opened, decided, escalated_at }: HeldAsk, seen: AskRow["outcome"]): Partial<AskRow> & Pick<AskRow, "ask_id"> {
  const { deadline, on_timeout, risk, risk_because, options, because, takes_input, by: asked_by, door: asked_at_door } = opened.data;
  const subject = subjectOf(opened.data);
  const known = { subject, asked_by, asked_at_door, deadline, on_timeout, risk, risk_because, options, because, takes_input, escalated_at };
  return {
    ask_id,
    ...Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)),
    ...(decided === undefined ? {} : decisionOf(opened.timestamp, decided, seen)),
  };
}

function subjectOf({ kind, input, prompt }: HeldAsk["opened"]["data"]): string | undefined {
  if (kind !== "permission" || input === undefined) return undefined;
  // Of what the capture mode does not keep there is nothing to show.
  if (typeof input === "object" && input !== null && Object.values(input).some(isBodyRef)) return undefined;
  const plain = (text: string): string => text.replaceAll(/\s+/g, " ").trim();
  const words = plain(ruledPart(input)?.words ?? JSON.stringify(input) ?? "");
  return prompt !== undefined && plain(previewOf(prompt)).includes(words) ? undefined : words.slice(0, PROMPT_PREVIEW);
}

/** `seen`: what became of the call, which says how it was decided where the agent works when it was only taken back here. */
function decisionOf(opened: string, decided: NonNullable<HeldAsk["decided"]>, seen: AskRow["outcome"]): Partial<AskRow> {
  const { by, door } = decided.data as { readonly by?: string; readonly door?: string };
  return {
    state: "closed",
    outcome: decided.type === "ask.withdrawn" && seen !== undefined && seen !== "unknown" ? seen : outcomeOfDecided(decided),
    decided_at: decided.timestamp,
    wait_ms: Math.max(0, Date.parse(decided.timestamp) - Date.parse(opened)),
    ...(by === undefined ? {} : { by }),
    ...(door === undefined ? {} : { door }),
  };
}

/** A held ask without its session. */
function bare(held: HeldAsk, seen: AskRow["outcome"]): AskRow {
  const { kind, call_id, tool, prompt } = held.opened.data;
  return {
    kind,
    is_held: true,
    state: held.decided === undefined ? "open" : "closed",
    opened_at: held.opened.timestamp,
    ...(call_id === undefined ? {} : { call_id }),
    ...(tool === undefined ? {} : { tool }),
    ...(prompt === undefined ? {} : { prompt: previewOf(prompt).slice(0, PROMPT_PREVIEW) }),
    told_as: [held.ask_id],
    ...heldFields(held, seen),
  };
}
