import { Link, useLocation, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback, useDeferredValue, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { visibleMarks } from "../../../../src/projections/marks.ts";
import { requestsByTurn } from "../../../../src/projections/cache.ts";
import { viewQueue } from "../../../../src/projections/queue.ts";
import type { Session } from "../../../../src/projections/session.ts";
import { viewAgents, viewSession } from "../../../../src/projections/views.ts";
import { useFollow } from "../../app/use-follow.ts";
import { useApp } from "../../app/app-context.ts";
import type { Snapshot } from "../../app/store.ts";
import { shownOf } from "../../app/store.ts";
import { useWholeView } from "./use-whole-view.ts";
import { useSessionCost, type SessionCost } from "../../app/use-session-cost.ts";
import { useSteady } from "../../app/use-steady.ts";
import { Bone, Notice, Problem } from "../../ui/states.tsx";
import { Conversation } from "./conversation-list.tsx";
import { createConversation } from "./conversation.ts";
import { createFeed, type Feed } from "./feed.ts";
import { Head } from "./session-head.tsx";
import { SessionAsks } from "./session-asks.tsx";
import { SessionMoney } from "./session-money.tsx";
import { SessionTodos } from "./session-todos.tsx";
import { turnsShown } from "./turn-columns.ts";
import { SessionPins } from "./session-pins.tsx";
import { useOpenAround, useOpenFollowed } from "./use-opened.ts";
import type { Goal } from "./use-seek.ts";
import type { TurnMoney } from "./turn-line.tsx";
import "../live/live.css";
import "../../ui/page.css";
import "./session.css";
import { control } from "../../mirror/control.ts";

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
  const [conversation] = useState(createConversation);
  const rows = useMemo(() => (session === undefined ? [] : conversation(session, opened, nowMs)), [conversation, session, opened, nowMs]);
  const view = useMemo(() => (session === undefined ? undefined : viewSession(session, nowMs)), [session, nowMs]);
  const whole = useWholeView(sessionId, view, { isRead: older === "none", nowMs, atMs }) ?? view;
  const queued = useMemo(() => (session === undefined ? [] : viewQueue(session)), [session]);
  const isIdle = view?.status === "idle";
  const isStalled = useMemo(
    () => isIdle && session !== undefined && viewAgents(session, nowMs).some(({ status }) => status === "stalled"),
    [isIdle, session, nowMs],
  );
  const onToggle = useCallback((key: string, isOpen: boolean) => setOpened((old) => withKey(old, key, isOpen)), []);

  const cost = useSessionCost(session === undefined ? undefined : sessionId, versionOf(session));
  const money = useMemo(() => (cost === undefined ? undefined : moneyOf(cost, session)), [cost, session]);
  const compactions = session === undefined ? 0 : visibleMarks(session.marks).filter(({ kind }) => kind === "compacted").length;

  const pinned = useLocation({ select: ({ hash }) => pinOf(hash) });
  const navigate = useNavigate();
  const [visit, setVisit] = useState(0);
  const key = pinned ?? target;
  // Another object for each wish to go there.
  // oxlint-disable-next-line react/exhaustive-deps
  const linked = useMemo(() => goalOf(key, near), [key, near, visit]);
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
        <Link {...control("session.back")} to="/sessions" className="button">
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

function goalOf(key: string | undefined, near: string | undefined): Goal | undefined {
  if (key !== undefined) return { kind: "row", key };
  return near === undefined ? undefined : { kind: "moment", at: near };
}

/** The message or call that `#pin=<id>` in the address names. */
function pinOf(hash: string): string | undefined {
  const pin = new URLSearchParams(hash).get("pin");
  return pin === null || pin === "" ? undefined : pin;
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
