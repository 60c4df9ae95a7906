import type { DatabaseSync } from "node:sqlite";
import type { StoredEvent } from "../contract/events/index.ts";
import type { CallId, SessionId } from "../contract/ids.ts";
import type { LogReader } from "../log/index.ts";
import { hasEnded, isOver } from "../projections/ended.ts";
import { foldSession, type Session } from "../projections/session.ts";
import { ofSession } from "../projections/state.ts";
import { foldKeep, needsWhole, trimSession, weightOf } from "../projections/trim.ts";
import { viewAsks } from "../projections/view-asks.ts";
import { viewCall, viewSession } from "../projections/views.ts";
import { documentsOf, type Document } from "./documents.ts";
import { packCall, type CallColumns } from "./packed-row.ts";
import { createRequestRows } from "./request-rows.ts";
import { createTurnRows } from "./turn-rows.ts";

/** Whoever asks waits for one page at most. */
const PAGE = 300;
const REFOLD_PAGE = 2_000;
/**
 * Sessions whose state is kept between pages, and how many calls, requests, messages and so on they may hold together. Beyond that the least
 * recently touched are trimmed: a trimmed session is folded anew by most of what it tells in the next minutes, which a long session that tells
 * much cannot afford on every page.
 */
const HELD_SESSIONS = 400;
const HELD_ENTITIES = 400_000;
const MAX_BODY = 16_000;

/** What writes the catalog, page by page; `cursor` is the `seq` that it has come to. */
export interface Indexer {
  /** Takes in the next page of events; false when there was none. */
  step(): boolean;
  cursor(): number;
}

/**
 * Brings the catalog level with the log: rows of calls and requests as the picture shows them, from the same fold, and what can be found by words. Rows and
 * cursor are one transaction, so a crash repeats a page and changes nothing by it.
 */
export function createIndexer(
  db: DatabaseSync,
  log: LogReader,
  { page: pageSize, heldSessions, heldEntities } = { page: PAGE, heldSessions: HELD_SESSIONS, heldEntities: HELD_ENTITIES },
): Indexer {
  /** The least recently touched first. */
  const held = new Map<SessionId, Session>();
  let heldNow = 0;
  const numbers = createNumbers(db);
  const turns = createTurnRows(db);
  const requests = createRequestRows(db, numbers, turns);
  const upsertCall =
    db.prepare(`INSERT INTO calls (session, call_id, agent, turn, turn_told, request, run, tool, outcome, at, duration, row)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (session, call_id) DO UPDATE SET agent = excluded.agent, turn = excluded.turn,
    turn_told = excluded.turn_told, request = excluded.request, run = max(coalesce(excluded.run, run), coalesce(run, excluded.run)), tool = excluded.tool, outcome = excluded.outcome, at = excluded.at, duration = excluded.duration, row = excluded.row`);
  const upsertAgent = db.prepare(
    "INSERT INTO agents (session, agent_id, name, type) VALUES (?, ?, ?, ?) ON CONFLICT (session, agent_id) DO UPDATE SET name = excluded.name, type = excluded.type",
  );
  const updateSession = db.prepare("UPDATE sessions SET project = ?, app = ?, title = ? WHERE no = ?");
  const selectDoc = db.prepare("SELECT no, title, body, tags, at FROM docs WHERE session = ? AND kind = ? AND id = ?");
  const insertDoc = db.prepare(
    "INSERT INTO docs (session, kind, id, agent, at, seq, title, body, tags) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const updateDoc = db.prepare("UPDATE docs SET title = ?, body = ?, tags = ? WHERE no = ?");
  const dropDocs = db.prepare("DELETE FROM docs WHERE session = ?");
  const setMeta = db.prepare("UPDATE meta SET value = ? WHERE key = ?");
  let cursor = Number((db.prepare("SELECT value FROM meta WHERE key = 'cursor'").get() as { value: string }).value);

  function foldAll(id: SessionId, before: number): Session | undefined {
    let session: Session | undefined;
    for (let after = 0; ;) {
      const page = log.read({ sessionId: id, after, before, limit: REFOLD_PAGE });
      for (const event of page) if (ofSession(event)) session = foldSession(session, event);
      if (page.length < REFOLD_PAGE) return session;
      after = page.at(-1)!.seq;
    }
  }

  function hold(session: Session): void {
    letGo(session.session_id);
    held.set(session.session_id, session);
    heldNow += weightOf(session);
    if (held.size > heldSessions) letGo(held.keys().next().value!);
    if (heldNow <= heldEntities) return;
    for (const [id, each] of held) {
      const trimmed = trimSession(each, foldKeep);
      heldNow += weightOf(trimmed) - weightOf(each);
      held.set(id, trimmed);
      if (heldNow <= heldEntities) return;
    }
  }

  function letGo(id: SessionId): void {
    const known = held.get(id);
    if (known === undefined) return;
    held.delete(id);
    heldNow -= weightOf(known);
  }

  function takeSession(id: SessionId, events: readonly (StoredEvent & { session_id: SessionId })[]): void {
    let session = held.get(id) ?? (numbers.known(id) ? foldAll(id, events[0]!.seq) : undefined);
    const touched = new Set<CallId>();
    const runs = new Map<CallId, string>();
    const before = session;
    for (const event of events) {
      if (needsWhole(session, event)) session = foldAll(id, event.seq);
      session = foldSession(session, event);
      if (event.type === "tool.started" || event.type === "tool.ended") {
        touched.add(event.data.call_id);
        if (event.run_id !== undefined) runs.set(event.data.call_id, greatest(runs.get(event.data.call_id), event.run_id));
      }
    }
    if (session === undefined) return;
    hold(session);
    const no = numbers.session(id);
    const project = session.facts.project === undefined ? null : numbers.name(session.facts.project);
    updateSession.run(project, session.facts.app ?? null, viewSession(session, 0).title, no);
    // The end of an agent settles the calls that it left open, and any sign of life after it opens them again.
    if (stopsOtherwise(before, session))
      for (const call of session.calls.map.values()) if (call.outcome === undefined) touched.add(call.call_id);
    // An ask may be told long after its call, and lead to it by what was asked: to another one, once more calls are known.
    for (const known of [before, session])
      if (known !== undefined && known.asks.size > 0)
        for (const { call_id } of viewAsks(known)) if (call_id !== undefined) touched.add(call_id);
    turns.take(no, before, session);
    writeCalls(session, touched, runs);
    requests.take(no, session, events);
    for (const agent of session.agents.values())
      if (before?.agents.get(agent.agent_id) !== agent) upsertAgent.run(no, agent.agent_id, agent.name ?? null, agent.agent_type ?? null);
    for (const event of events) for (const doc of documentsOf(event)) put(no, project, doc, event);
  }

  function writeCalls(session: Session, ids: Iterable<CallId>, runs?: ReadonlyMap<CallId, string>): void {
    const no = numbers.session(session.session_id);
    for (const callId of ids) {
      const call = session.calls.map.get(callId);
      if (call === undefined) continue;
      const view = viewCall(call, session);
      const { from: _, input: _input, output: _output, ...row } = { ...view, input: undefined, output: undefined };
      const tool = view.name === undefined ? null : numbers.name(view.name);
      const at = Date.parse(view.started_at ?? view.ended_at ?? "") || 0;
      const outcome = view.outcome ?? "running";
      const columns: CallColumns = {
        call_id: callId,
        agent: view.agent_id,
        turn: view.turn_id ?? turns.at(no, view.agent_id, at),
        turn_told: view.turn_id === undefined ? 0 : 1,
        request: view.request_id ?? null,
        tool_name: view.name ?? null,
        outcome,
        at,
        duration: view.duration_ms ?? null,
      };
      upsertCall.run(
        no,
        callId,
        columns.agent,
        columns.turn,
        columns.turn_told,
        columns.request,
        // A row keeps what it has where nothing is told now.
        runs?.get(callId) ?? null,
        tool,
        outcome,
        at,
        columns.duration,
        packCall(row, columns),
      );
    }
  }

  function put(session: number, project: number | null, doc: Document, event: StoredEvent): void {
    const tool = doc.tool === undefined ? "" : ` t${numbers.name(doc.tool)}`;
    const outcome = doc.outcome === undefined ? "" : ` o${doc.outcome}`;
    const tags = `s${session} k${doc.kind} a${numbers.name(doc.agent)}${project === null ? "" : ` p${project}`}${tool}${outcome}`;
    const found = selectDoc.get(session, doc.kind, doc.id) as { no: number; title: string; body: string; tags: string } | undefined;
    if (found === undefined) {
      insertDoc.run(session, doc.kind, doc.id, doc.agent, Date.parse(event.timestamp), event.seq, doc.title, doc.body, tags);
      return;
    }
    const title = doc.title.length > found.title.length ? doc.title : found.title;
    const body = joined(found.body, doc.body);
    const allTags = [...new Set([...found.tags.split(" "), ...tags.split(" ")])].join(" ");
    if (title !== found.title || body !== found.body || allTags !== found.tags) updateDoc.run(title, body, allTags, found.no);
  }

  /** Words were taken out of stored events: what could be found by them is read again, of the events before `before`. */
  function forgetWords(ids: readonly SessionId[], before: number): void {
    for (const id of ids) {
      const no = numbers.session(id);
      dropDocs.run(no);
      turns.forgetWords(no);
      const session = foldAll(id, before);
      letGo(id);
      if (session !== undefined) {
        turns.take(no, undefined, session);
        writeCalls(session, session.calls.map.keys());
      }
      const project = session?.facts.project === undefined ? null : numbers.name(session.facts.project);
      for (let after = 0; ;) {
        const page = log.read({ sessionId: id, after, before, limit: REFOLD_PAGE });
        for (const event of page) for (const doc of documentsOf(event)) put(no, project, doc, event);
        if (page.length < REFOLD_PAGE) break;
        after = page.at(-1)!.seq;
      }
    }
  }

  return {
    cursor: () => cursor,
    step() {
      const page = log.read({ after: cursor, limit: pageSize });
      const last = page.at(-1);
      if (last === undefined) return false;
      db.exec("BEGIN IMMEDIATE");
      try {
        for (const [id, events] of Map.groupBy(page.filter(ofSession), (event) => event.session_id)) takeSession(id, events);
        for (const event of page) if (event.type === "retention.applied") forgetWords(event.data.session_ids ?? [], last.seq + 1);
        setMeta.run(String(last.seq), "cursor");
        setMeta.run(last.id, "cursor_id");
        db.exec("COMMIT");
      } catch (error) {
        if (db.isTransaction) db.exec("ROLLBACK");
        numbers.forget();
        held.clear();
        heldNow = 0;
        throw error;
      }
      cursor = last.seq;
      return true;
    },
  };
}

/** Whether the session, or one of its agents, came to an end, to another one, or back. */
function stopsOtherwise(before: Session | undefined, after: Session): boolean {
  if (before === undefined) return true;
  if (isOver(before) !== isOver(after) || before.facts.ended_at !== after.facts.ended_at) return true;
  for (const agent of after.agents.values()) {
    const known = before.agents.get(agent.agent_id);
    if (known === agent) continue;
    if (known?.ended_at !== agent.ended_at || (known !== undefined && hasEnded(known, before)) !== hasEnded(agent, after)) return true;
  }
  return false;
}

/** A call that two runs claim is of the greater id, whichever was told first. */
function greatest(known: string | undefined, told: string): string {
  return known !== undefined && known > told ? known : told;
}

/** Two tellings of one thing: what one says more is added. */
function joined(held: string, told: string): string {
  if (told === "" || held.includes(told)) return held;
  if (told.includes(held)) return told;
  return `${held}\n${told}`.slice(0, MAX_BODY);
}

/** Numbers for sessions and repeated names. */
function createNumbers(db: DatabaseSync) {
  const sessions = new Map<string, number>();
  const names = new Map<string, number>();
  const findSession = db.prepare("SELECT no FROM sessions WHERE session_id = ?");
  const addSession = db.prepare("INSERT INTO sessions (session_id) VALUES (?) RETURNING no");
  const findName = db.prepare("SELECT no FROM names WHERE name = ?");
  const addName = db.prepare("INSERT INTO names (name) VALUES (?) RETURNING no");
  const KNOWN = 20_000;

  function number(cache: Map<string, number>, find: typeof findName, add: typeof addName, word: string): number {
    const known = cache.get(word);
    if (known !== undefined) return known;
    if (cache.size >= KNOWN) cache.clear();
    const { no } = (find.get(word) ?? add.get(word)) as { no: number };
    cache.set(word, no);
    return no;
  }

  return {
    session: (id: string) => number(sessions, findSession, addSession, id),
    name: (name: string) => number(names, findName, addName, name),
    /** Whether something of the session was taken in before. */
    known: (id: string) => sessions.has(id) || findSession.get(id) !== undefined,
    forget() {
      sessions.clear();
      names.clear();
    },
  };
}
