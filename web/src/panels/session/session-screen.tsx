import { Link, useLocation, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { ArrowDown, ArrowUp, ChartGantt, Download, Orbit } from "lucide-react";
import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState, useSyncExternalStore, type ReactNode } from "react";
import { Virtuoso, type VirtuosoHandle } from "react-virtuoso";
import { visibleMarks } from "../../../../src/projections/marks.ts";
import { requestsByTurn } from "../../../../src/projections/cache.ts";
import { viewQueue, type QueuedPrompt } from "../../../../src/projections/queue.ts";
import type { Session } from "../../../../src/projections/session.ts";
import { viewAgents, viewSession, type SessionView } from "../../../../src/projections/views.ts";
import type { AgentId } from "../../../../src/contract/ids.ts";
import { FollowButton } from "../../app/follow-button.tsx";
import { useFollow } from "../../app/use-follow.ts";
import { useApp } from "../../app/app-context.ts";
import type { Snapshot } from "../../app/store.ts";
import { shownOf } from "../../app/store.ts";
import { useWholeView } from "./use-whole-view.ts";
import { useSessionCost, type SessionCost } from "../../app/use-session-cost.ts";
import { useSteady } from "../../app/use-steady.ts";
import { formatCount, formatModel, formatMoment, whole } from "../../ui/format.ts";
import { Bone, Notice, Problem } from "../../ui/states.tsx";
import { conversation, type Row } from "./conversation.ts";
import { createFeed, type Feed } from "./feed.ts";
import { Foot } from "./foot.tsx";
import { Line, type LineProps } from "./line.tsx";
import { Queued } from "./queued.tsx";
import { SessionAsks } from "./session-asks.tsx";
import { SessionMoney } from "./session-money.tsx";
import { SessionTodos } from "./session-todos.tsx";
import { turnsShown, type TurnCost } from "./turn-columns.ts";
import { TurnTimeline } from "./turn-timeline.tsx";
import { SessionPins } from "./session-pins.tsx";
import { usePins } from "./pins.ts";
import { useOpenAround, useOpenFollowed } from "./use-opened.ts";
import { useSeek } from "./use-seek.ts";
import { useTurnInView } from "./use-turn-in-view.ts";
import type { TurnMoney } from "./turn-line.tsx";
import "../live/live.css";
import "../../ui/page.css";
import "./session.css";

/** Virtuoso keeps its place while rows are put in front as long as this number goes down with them. */
const FIRST = 1_000_000;
const STEADY_MS = 400;
const select = (snapshot: Snapshot) => ({
  nowMs: shownOf(snapshot).nowMs,
  isOnline: snapshot.connection.state === "live",
  atMs: snapshot.past?.shown?.atMs ?? snapshot.past?.atMs,
  upTo: (snapshot.past?.shown ?? snapshot.past)?.seq,
  isPast: snapshot.past !== undefined,
});

export function SessionScreen() {
  const { sessionId } = useParams({ from: "/sessions/$sessionId" });
  const { nowMs, isOnline, atMs, upTo, isPast } = useSteady(select, STEADY_MS);
  const [attempt, setAttempt] = useState(0);
  const until = isPast && atMs !== undefined ? new Date(atMs).toISOString() : undefined;
  const feed = useFeed({ sessionId, until, upTo, attempt, isOnline });
  if (feed === undefined) return <Skeleton />;
  return (
    <SessionOf
      key={sessionId}
      sessionId={sessionId}
      feed={feed}
      nowMs={nowMs}
      atMs={isPast ? atMs : undefined}
      onRetry={() => setAttempt((old) => old + 1)}
    />
  );
}

/** The feed of this session and moment. A new connection reads anew: the live tail may have started over. */
function useFeed({
  sessionId,
  until,
  upTo,
  attempt,
  isOnline,
}: {
  sessionId: string;
  until: string | undefined;
  upTo: number | undefined;
  attempt: number;
  isOnline: boolean;
}): Feed | undefined {
  const { client, store } = useApp();
  const [feed, setFeed] = useState<Feed>();
  useEffect(() => {
    if (!isOnline) return undefined;
    const made = createFeed({ sessionId, until, upTo, listEvents: (input) => client.call("events.list", input) });
    // The old conversation stays until the new one has something to show: dragging through time does not flicker.
    const show = () => made.state().status !== "loading" && setFeed(made);
    const unsubscribe = made.subscribe(show);
    const unfollow = store.onBatch((_before, _after, events) => made.take(events));
    return () => {
      unsubscribe();
      unfollow();
    };
    // `attempt` is the wish to read it all again.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [client, store, sessionId, until, upTo, attempt, isOnline]);
  return feed;
}

function SessionOf({
  sessionId,
  feed,
  nowMs,
  atMs,
  onRetry,
}: {
  sessionId: string;
  feed: Feed;
  nowMs: number;
  /** The past moment that is shown. */
  atMs: number | undefined;
  onRetry: () => void;
}) {
  const { call: target, near } = useSearch({ from: "/sessions/$sessionId" });
  const isPast = atMs !== undefined;
  const { follow } = useFollow();
  const followed = follow?.session_id === sessionId ? follow.agent_id : undefined;
  const state = useSyncExternalStore(feed.subscribe, feed.state);
  // Together: whether all has been read is said of the rows that are shown.
  const { session, older } = useDeferredValue(state);
  const [opened, setOpened] = useState<ReadonlySet<string>>(() => new Set(target === undefined ? [] : [target]));
  const rows = useMemo(() => (session === undefined ? [] : conversation(session, opened, nowMs)), [session, opened, nowMs]);
  const view = useMemo(() => (session === undefined ? undefined : viewSession(session, nowMs)), [session, nowMs]);
  const whole = useWholeView(sessionId, view, { isRead: older === "none", nowMs, atMs }) ?? view;
  const queued = useMemo(() => (session === undefined ? [] : viewQueue(session)), [session]);
  const isIdle = view?.status === "idle";
  const isStalled = useMemo(
    () => isIdle && session !== undefined && viewAgents(session, nowMs).some(({ status }) => status === "stalled"),
    [isIdle, session, nowMs],
  );
  const onToggle = useCallback((key: string, isOpen: boolean) => setOpened((old) => withKey(old, key, isOpen)), []);

  const cost = useSessionCost(session === undefined ? undefined : sessionId, versionOf(session), atMs);
  const money = useMemo(() => (cost === undefined ? undefined : moneyOf(cost, session)), [cost, session]);
  const compactions = session === undefined ? 0 : visibleMarks(session.marks).filter(({ kind }) => kind === "compacted").length;

  const pinned = useLocation({ select: ({ hash }) => pinOf(hash) });
  const navigate = useNavigate();
  const [visit, setVisit] = useState(0);
  const key = pinned ?? target;
  // Another object for each wish to go there.
  // oxlint-disable-next-line react/exhaustive-deps
  const linked = useMemo(() => (key === undefined ? undefined : { key }), [key, visit]);
  const goTo = (pin: string) => {
    setVisit((old) => old + 1);
    void navigate({ to: ".", search: (old) => old, hash: new URLSearchParams({ pin }).toString(), replace: true });
  };
  useEffect(() => {
    if (target !== undefined) setOpened((old) => withKey(old, target, true));
  }, [target]);
  useOpenAround(session, linked, setOpened);
  useOpenFollowed(session, followed, setOpened);
  if (state.status === "failed") return <Problem what="This session cannot be read" why={state.problem ?? ""} onRetry={onRetry} />;
  if (session === undefined || view === undefined || whole === undefined)
    return (
      <Notice title={isPast ? "This session had not begun" : "This session is not known here"}>
        <p className="notice__text">
          {isPast ? "Nothing of it was recorded before this moment." : `No event of ${sessionId} is in the log.`}
        </p>
        <Link to="/sessions" className="button">
          All sessions
        </Link>
      </Notice>
    );
  const turns = cost === undefined ? [] : turnsShown(cost.turns);
  return (
    <div className="session">
      <Head view={whole} nowMs={nowMs}>
        <SessionMoney view={whole} cost={cost} compactions={compactions} nowMs={nowMs} />
        <SessionAsks session={session} nowMs={nowMs} />
        <SessionTodos session={session} />
        <SessionPins sessionId={sessionId} onGo={goTo} />
      </Head>
      <Conversation
        rows={rows}
        older={older}
        onOlder={(enough) => void feed.readOlder(enough)}
        target={target}
        near={near}
        linked={linked}
        pinned={pinned}
        followed={followed}
        opened={opened}
        money={money}
        onToggle={onToggle}
        nowMs={nowMs}
        view={view}
        queued={queued}
        isStalled={isStalled}
        isPast={isPast}
        turns={turns}
        turnsLeft={cost === undefined ? 0 : cost.turns.length - turns.length}
      />
    </div>
  );
}

function Head({ view, nowMs, children }: { view: SessionView; nowMs: number; children: ReactNode }) {
  const { facts } = view;
  const { isRecording } = useApp();
  return (
    <header className="session__head">
      <div className="session__words">
        <h1 className="session__title" title={view.title}>
          {view.title}
        </h1>
        <div className="session__facts">
          <span className="status" data-status={view.status}>
            {view.status}
          </span>
          {facts.project !== undefined && <span title={facts.cwd}>{facts.project}</span>}
          {facts.git_branch !== undefined && <span>{facts.git_branch}</span>}
          {facts.model !== undefined && <span className="mono">{formatModel(facts.model)}</span>}
          <span>
            {whole(view.agents)} {view.agents === 1 ? "agent" : "agents"}
          </span>
          <span title={whole(view.calls_total)}>
            {formatCount(view.calls_total)} {view.calls_total === 1 ? "call" : "calls"}
          </span>
          {facts.first_at !== undefined && <span title={facts.first_at}>begun {formatMoment(Date.parse(facts.first_at), nowMs)}</span>}
        </div>
      </div>
      {children}
      <FollowButton agentKey={view.session_id} />
      {isRecording !== true && (
        <Link to="/traces" search={{ session: view.session_id }} className="button" title="Show this session as a waterfall">
          <ChartGantt size={15} />
          <span className="button__word">Trace</span>
        </Link>
      )}
      {isRecording !== true && (
        <a
          href={`/api/sessions/${encodeURIComponent(view.session_id)}/export?format=html`}
          download={`${view.session_id}.html`}
          className="button"
          title="Export replay: this session as one file that plays without Orrery"
        >
          <Download size={15} />
          <span className="button__word">Export replay</span>
        </a>
      )}
      <Link to="/" search={(old) => ({ ...old, session: view.session_id })} className="button" title="Show this session in the graph">
        <Orbit size={15} />
        <span className="button__word">Show in Live</span>
      </Link>
    </header>
  );
}

function Conversation(props: {
  rows: readonly Row[];
  older: string;
  onOlder: (enough?: number) => void;
  target: string | undefined;
  near: string | undefined;
  /** The row that the address names, anew for each wish to go there. */
  linked: { readonly key: string } | undefined;
  pinned: string | undefined;
  followed: AgentId | undefined;
  opened: ReadonlySet<string>;
  money: LineProps["money"];
  onToggle: (key: string, isOpen: boolean) => void;
  nowMs: number;
  view: SessionView;
  queued: readonly QueuedPrompt[];
  isStalled: boolean;
  isPast: boolean;
  turns: readonly TurnCost[];
  turnsLeft: number;
}) {
  const {
    rows,
    older,
    onOlder,
    target,
    near,
    linked,
    pinned,
    followed,
    opened,
    money,
    onToggle,
    nowMs,
    view,
    queued,
    isStalled,
    isPast,
    turns,
    turnsLeft,
  } = props;
  const list = useRef<VirtuosoHandle>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  const first = usePrepended(rows);
  const sought =
    target === undefined
      ? near === undefined
        ? -1
        : rows.findIndex((row) => row.at >= near)
      : rows.findIndex((row) => row.key === target);
  const isSought = target !== undefined || near !== undefined;
  const start = sought >= 0 ? sought : rows.length - 1;

  useEffect(() => {
    if (target === undefined && sought >= 0) list.current?.scrollToIndex({ index: sought, align: "center" });
    // Only when another moment is linked to, not whenever rows arrive.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [near]);

  const last = followed === undefined ? -1 : rows.findLastIndex((row) => agentOf(row) === followed);
  const lastKey = rows[last]?.key;
  useEffect(() => {
    if (last >= 0) list.current?.scrollToIndex({ index: last, align: "center" });
    // When the followed agent says or does another thing, not whenever rows arrive.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [lastKey]);

  const box = useRef<HTMLDivElement>(null);
  const { seek, state: seeking, dismiss } = useSeek({ rows, older, onOlder, list, box, linked });
  const kept = usePins(view.session_id);
  const pins = useMemo(() => new Set(kept.map(({ key }) => key)), [kept]);
  const inView = useTurnInView(box, rows, isAtEnd);
  if (rows.length === 0)
    return (
      <Notice title="Nothing has been said yet">
        <p className="notice__text">This session has begun, but no source has told a message or a call of it.</p>
      </Notice>
    );
  return (
    <>
      {turns.length > 0 ? (
        <TurnTimeline
          turns={turns}
          left={turnsLeft}
          current={inView.turn}
          nowMs={nowMs}
          onTurn={({ turn_id, started_at }) => {
            inView.goTo(turn_id);
            seek({ kind: "turn", id: turn_id, started_at });
          }}
        />
      ) : (
        <span />
      )}
      <div className="session__list" ref={box}>
        <Virtuoso
          ref={list}
          style={{ height: "100%" }}
          data={rows as Row[]}
          firstItemIndex={first}
          initialTopMostItemIndex={{ index: Math.max(0, start), align: isSought ? "center" : "end" }}
          computeItemKey={(_, row) => row.key}
          followOutput={isPast ? false : "auto"}
          atBottomStateChange={setAtEnd}
          atBottomThreshold={40}
          startReached={() => older === "some" && onOlder()}
          increaseViewportBy={400}
          // Virtuoso calls it; it is no component.
          // oxlint-disable-next-line react/no-unstable-nested-components
          itemContent={(_, row) => (
            <div data-row={row.key} data-pinned={row.key === pinned || undefined}>
              <Line row={row} nowMs={nowMs} target={target} opened={opened} money={money} onToggle={onToggle} pins={pins} />
            </div>
          )}
          context={{ view, nowMs, isStalled, isPast, older, queued }}
          components={ends}
        />
        {!isAtEnd && (
          <div className="session__ends">
            <button type="button" className="button" onClick={() => seek({ kind: "start" })}>
              <ArrowUp size={14} />
              Beginning
            </button>
            <button type="button" className="button" onClick={() => list.current?.scrollToIndex({ index: rows.length - 1, align: "end" })}>
              <ArrowDown size={14} />
              Latest
            </button>
          </div>
        )}
        {seeking !== undefined && (
          <output className="session__seeking">
            {seeking === "reading"
              ? "Reading back…"
              : isPast
                ? "It is not in this conversation at this moment."
                : "It is not in this conversation."}
            {seeking === "missing" && (
              <button type="button" className="linkish" onClick={dismiss}>
                Close
              </button>
            )}
          </output>
        )}
      </div>
    </>
  );
}

/** The message or call that `#pin=<id>` in the address names. */
function pinOf(hash: string): string | undefined {
  const pin = new URLSearchParams(hash).get("pin");
  return pin === null || pin === "" ? undefined : pin;
}

interface Ends {
  readonly view: SessionView;
  readonly nowMs: number;
  readonly isStalled: boolean;
  readonly isPast: boolean;
  readonly older: string;
  readonly queued: readonly QueuedPrompt[];
}
const ends = {
  Header: Beginning,
  Footer: ({ context: { view, isStalled, isPast, queued } }: { context: Ends }) => (
    <>
      <Queued prompts={queued} />
      <Foot view={view} isStalled={isStalled} isPast={isPast} />
    </>
  ),
};

function Beginning({ context: { view, nowMs, older } }: { context: Ends }) {
  return (
    <p className="line__note">
      {older === "none" ? `Begun ${formatMoment(Date.parse(view.facts.first_at ?? ""), nowMs)}` : "Reading earlier events…"}
    </p>
  );
}

/** The index of the first row: lower by as many rows as were put in front. */
function usePrepended(rows: readonly Row[]): number {
  const [known, setKnown] = useState({ first: FIRST, key: rows[0]?.key });
  if (rows[0]?.key === known.key) return known.first;
  const before = rows.findIndex((row) => row.key === known.key);
  const first = before > 0 ? known.first - before : known.first;
  setKnown({ first, key: rows[0]?.key });
  return first;
}

/** Grows with what decides the figures of a session's turns. */
function versionOf(session: Session | undefined): number {
  if (session === undefined) return 0;
  const { usage, turns, marks, facts } = session;
  const ended = [...turns.values()].filter(({ ended_at }) => ended_at !== undefined).length;
  return usage.requests.size + turns.size + ended + marks.size + (facts.ended_at === undefined ? 0 : 1);
}

/** The daemon's figures by turn, with the cache's drops of the turn's requests. */
function moneyOf(cost: SessionCost, session: Session | undefined): ReadonlyMap<string, TurnMoney> {
  const turns = session === undefined || cost.drops.length === 0 ? [] : [...requestsByTurn(session)];
  const turnOf = new Map(turns.flatMap(([turn, requests]) => requests.map(({ request_id }) => [request_id as string, turn as string])));
  const drops = Map.groupBy(cost.drops, ({ request_id }) => turnOf.get(request_id));
  return new Map(cost.turns.map((turn) => [turn.turn_id, { cost: turn.cost, cache: turn.cache, drops: drops.get(turn.turn_id) ?? [] }]));
}

function agentOf(row: Row): AgentId {
  return row.kind === "message"
    ? row.message.agent_id
    : row.kind === "call"
      ? row.call.agent_id
      : row.kind === "agent"
        ? row.agent.agent_id
        : row.kind === "mark"
          ? row.mark.agent_id
          : row.kind === "ask"
            ? row.ask.agent_id
            : row.turn.agent_id;
}

function withKey(old: ReadonlySet<string>, key: string, isIn: boolean): ReadonlySet<string> {
  const next = new Set(old);
  if (isIn) next.add(key);
  else next.delete(key);
  return next;
}

function Skeleton() {
  return (
    <div className="page__inner" aria-busy="true">
      <span className="unseen">Loading</span>
      {[40, 85, 70, 30, 78].map((width) => (
        <div key={width} style={{ padding: "10px 0" }}>
          <Bone width={`${width}%`} height={14} />
        </div>
      ))}
    </div>
  );
}
