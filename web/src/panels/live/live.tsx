import { useNavigate, useSearch } from "@tanstack/react-router";
import { List, Maximize, Minus, Orbit, Plus, Waypoints } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { ElementId } from "../../../../src/contract/ui/index.ts";
import type { AgentId, SessionId } from "../../../../src/contract/ids.ts";
import { useApp } from "../../app/app-context.ts";
import { callsOf, countersOf, sceneSessions, todosOf } from "../../app/selectors.ts";
import { shownOf, type Snapshot } from "../../app/store.ts";
import { useAnswer } from "../../app/use-answer.ts";
import { useKeys } from "../../app/use-keys.ts";
import { useRested } from "../../app/use-rested.ts";
import { useSteady } from "../../app/use-steady.ts";
import type { Graph, GraphInput } from "../../graph/create-graph.ts";
import { familyColour, familyOf } from "../../graph/families.ts";
import { GraphCanvas } from "../../graph/graph-canvas.tsx";
import { byProject, projectOfKey } from "../../graph/projects.ts";
import type { SceneSession } from "../../graph/scene.ts";
import { transitions } from "../../graph/transitions.ts";
import { formatModel, whole } from "../../ui/format.ts";
import { Bone, FirstRun, Notice, Problem } from "../../ui/states.tsx";
import { CounterRow } from "./counters.tsx";
import { Inspector } from "./inspector.tsx";
import { ListTwin } from "./list-twin.tsx";
import { Overview } from "./overview.tsx";
import { useProjectSpend } from "./use-project-spend.ts";
import "./live.css";
import { control } from "../../mirror/control.ts";
import { useHeld } from "../../mirror/held.ts";

/** How often words and numbers beside the picture are drawn again; the picture itself follows every frame. */
const STEADY_MS = 120;
/** Agents beyond which numbers change too often to be read one by one. */
const CROWD = 100;
const CROWD_MS = 500;
/** The list of a crowd, where only screen readers and keys find it: laid out anew it takes the page a frame. */
const UNSEEN_CROWD_MS = 3_000;
const identity = (snapshot: Snapshot) => snapshot;

export function Live() {
  const { store } = useApp();
  const search = useSearch({ from: "/" });
  const navigate = useNavigate({ from: "/" });
  const graphRef = useRef<Graph>(undefined);
  const beside = useRef<HTMLElement>(null);
  const [folded, setFolded] = useState({ agents: 0, projects: 0 });
  const [isFitted, setFitted] = useState(true);
  const [isCrowded, setCrowded] = useState(false);
  const snapshot = useSteady(identity, isCrowded ? CROWD_MS : STEADY_MS);
  const { state, nowMs, isPast } = shownOf(snapshot);
  const { session: only, project, agent: selected, trail = false } = search;
  const followed = search.follow;
  /** The selected project: it is a matter of this picture, not of the address. */
  const [held, setHeldGroup] = useHeld("live.group", "");
  const group = held === "" ? undefined : held;
  const setGroup = useCallback((key: string | undefined) => setHeldGroup(key ?? ""), [setHeldGroup]);
  const isList = search.view === "list";
  const isFrozen = !isPast && snapshot.hasSynced && snapshot.connection.state !== "live";
  const sessions = useMemo(() => sceneSessions(state, nowMs, only, project), [state, nowMs, only, project]);
  const isCrowd = sessions.reduce((sum, { agents }) => sum + agents.length, 0) > CROWD;
  if (isCrowd !== isCrowded) setCrowded(isCrowd);
  const groups = useMemo(() => byProject(sessions), [sessions]);
  const spend = useProjectSpend(groups.length > 1);
  const words = useMemo(() => ({ groups, nowMs, of: `${only} ${project} ${isCrowd}` }), [groups, nowMs, only, project, isCrowd]);
  const rested = useRested(words, UNSEEN_CROWD_MS);
  const inList = isCrowd && !isList && !isPast && rested.of === words.of ? rested : words;

  const read = useCallback((): GraphInput => {
    const now = store.snapshot();
    const shown = shownOf(now);
    const mode = shown.isPast ? "past" : now.hasSynced && now.connection.state !== "live" ? "frozen" : "live";
    // The clock of the store ticks once a second; what fades needs it to the frame.
    const atMs = mode === "live" ? Date.now() : shown.nowMs;
    return { sessions: sceneSessions(shown.state, shown.nowMs, only, project), nowMs: atMs, trail, mode, followed, spend };
  }, [store, only, project, trail, followed, spend]);

  useEffect(() => store.subscribe(() => graphRef.current?.invalidate()), [store]);
  useEffect(
    () =>
      store.onBatch((before, after, events) => {
        if (store.snapshot().past === undefined) graphRef.current?.move(transitions(before, after, events));
      }),
    [store],
  );
  // What `read` gives has changed when `read` has.
  // oxlint-disable-next-line react/exhaustive-effect-dependencies
  useEffect(() => graphRef.current?.invalidate(), [read]);

  const select = useCallback(
    (key: string | undefined) => {
      const isProject = key !== undefined && projectOfKey(key) !== undefined;
      setGroup(isProject ? key : undefined);
      void navigate({ search: (old) => withAgent(old, isProject ? undefined : key), replace: true });
    },
    [navigate, setGroup],
  );
  useKeys(selected === undefined && group === undefined ? {} : { Escape: () => select(undefined) });
  const open = useCallback(
    (key: string) => {
      if (projectOfKey(key) === undefined)
        void navigate({ to: "/sessions/$sessionId", params: { sessionId: key.slice(0, key.indexOf(" ")) } });
      else graphRef.current?.showProject(key);
    },
    [navigate],
  );
  const toggle = (patch: { view?: "list" | undefined; trail?: boolean | undefined }) =>
    void navigate({ search: (old) => ({ ...old, ...patch }), replace: true });

  const picked = find(sessions, selected);
  const body = () => {
    if (!snapshot.hasSynced) return <LiveSkeleton />;
    if (snapshot.past?.problem !== undefined)
      return <Problem what="This moment cannot be shown" why={snapshot.past.problem} onRetry={store.retryPast} />;
    if (isPast && snapshot.past?.shown === undefined) return <LiveSkeleton />;
    if (sessions.length === 0 && state.sessions.size === 0 && !isPast && only === undefined && project === undefined) return <Nobody />;
    if (sessions.length === 0)
      return (
        <Quiet
          isPast={isPast}
          only={only}
          project={project}
          onAll={() => void navigate({ search: (old) => ({ ...old, session: undefined, project: undefined }) })}
        />
      );
    return undefined;
  };
  const instead = body();

  return (
    <div className="live" data-testid="live" data-seq={state.seq} data-frozen={isFrozen || undefined}>
      <h1 className="unseen">Live</h1>
      <div className="live__stage">
        <GraphCanvas
          graphRef={graphRef}
          besideRef={beside}
          isBeside={picked !== undefined}
          read={read}
          selected={picked === undefined ? group : selected}
          label={`Graph of ${sessions.length} sessions${groups.length > 1 ? ` of ${groups.length} projects` : ""}. Arrow keys walk from agent to agent, plus and minus zoom, 0 shows everything.`}
          onSelect={select}
          onOpen={open}
          onFolded={(agents, projects) => setFolded({ agents, projects })}
          onCamera={setFitted}
        />
        <ListTwin
          groups={inList.groups}
          nowMs={inList.nowMs}
          selected={selected}
          isShown={isList && instead === undefined}
          onSelect={select}
          onOpen={open}
        />
        {instead !== undefined && <div className="live__instead">{instead}</div>}
        <div className="live__over">
          {snapshot.hasSynced && sessions.length > 0 ? <CounterRow counters={countersOf(sessions)} /> : <span />}
          {instead === undefined && (
            <div className="live__tools">
              {!isList && (
                <>
                  <ToolButton
                    id="live.toggle_trail"
                    word="Trail"
                    isOn={trail}
                    icon={<Waypoints size={15} />}
                    title="Keep agents that ended as faint dots"
                    onClick={() => toggle({ trail: trail ? undefined : true })}
                  />
                  {!isFitted && (
                    <>
                      <ToolButton
                        id="live.zoom_out"
                        icon={<Minus size={15} />}
                        title="Zoom out (-)"
                        onClick={() => graphRef.current?.zoom(0.8)}
                      />
                      <ToolButton
                        id="live.zoom_in"
                        icon={<Plus size={15} />}
                        title="Zoom in (+)"
                        onClick={() => graphRef.current?.zoom(1.25)}
                      />
                      <ToolButton
                        id="live.fit"
                        icon={<Maximize size={15} />}
                        title="Show everything (0)"
                        onClick={() => graphRef.current?.fit()}
                      />
                    </>
                  )}
                </>
              )}
              <ToolButton
                id="live.toggle_view"
                word={isList ? "Graph" : "List"}
                icon={isList ? <Orbit size={15} /> : <List size={15} />}
                title={isList ? "Show the graph" : "Show as a list"}
                onClick={() => toggle({ view: isList ? undefined : "list" })}
              />
            </div>
          )}
        </div>
        {instead === undefined && !isList && (
          <div className="live__foot">
            <Legend sessions={sessions} />
            <FoldedWords agents={folded.agents} projects={folded.projects} />
          </div>
        )}
      </div>
      {picked === undefined ? (
        <Overview
          groups={groups}
          group={group}
          spend={spend}
          isKnown={snapshot.hasSynced && (!isPast || snapshot.past?.shown !== undefined)}
          nowMs={nowMs}
          onSelect={select}
          onShow={open}
        />
      ) : (
        <Inspector
          frameRef={beside}
          agent={picked.agent}
          parent={picked.parent}
          calls={callsOf(state.sessions.get(picked.agent.session_id)!, picked.agent.agent_id)}
          todos={todosOf(state.sessions.get(picked.agent.session_id)!, picked.agent.agent_id)}
          nowMs={nowMs}
          isPast={isPast}
          onClose={() => select(undefined)}
          onSelect={select}
        />
      )}
    </div>
  );
}

function ToolButton({
  id,
  word,
  icon,
  title,
  isOn,
  onClick,
}: {
  id: ElementId;
  word?: string;
  icon: React.ReactNode;
  title: string;
  isOn?: boolean;
  onClick: () => void;
}) {
  return (
    <button
      {...control(id)}
      type="button"
      className={word === undefined ? "button button--icon" : "button"}
      title={title}
      aria-label={word ?? title}
      aria-pressed={isOn}
      onClick={onClick}
    >
      {icon}
      {word !== undefined && <span className="button__word">{word}</span>}
    </button>
  );
}

function FoldedWords({ agents, projects }: { agents: number; projects: number }) {
  if (agents + projects === 0) return null;
  const parts = [
    agents === 1 && "1 agent is folded into its parent",
    agents > 1 && `${whole(agents)} agents are folded into their parents`,
    projects === 1 && "1 project is one mark",
    projects > 1 && `${whole(projects)} projects are one mark each`,
  ];
  return <span data-testid="folded">{parts.filter(Boolean).join(", ")}; zoom in to unfold.</span>;
}

/** The families in the picture, so that a colour is never the only word. */
function Legend({ sessions }: { sessions: readonly SceneSession[] }) {
  const families = new Map<string, string>();
  for (const { agents } of sessions)
    for (const agent of agents)
      if (agent.depth > 0 && agent.status !== "ended") families.set(familyOf(agent.model) ?? "unknown model", familyColour(agent.model));
  if (families.size === 0) return <span />;
  return (
    <div className="legend">
      {[...families].toSorted().map(([family, colour]) => (
        <span key={family}>
          <i style={{ ["--c" as string]: `var(--family-${colour})` }} aria-hidden />
          {formatModel(family)}
        </span>
      ))}
    </div>
  );
}

/** Nobody is in the picture: because nobody ever came, or because it was long ago. */
function Nobody() {
  const { value, problem } = useAnswer("sessions.list", { limit: 1 });
  if (value === undefined && problem === undefined) return <LiveSkeleton />;
  return value?.items.length === 0 ? <FirstRun /> : <Quiet isPast={false} only={undefined} project={undefined} onAll={() => undefined} />;
}

function Quiet({
  isPast,
  only,
  project,
  onAll,
}: {
  isPast: boolean;
  only: string | undefined;
  project: string | undefined;
  onAll: () => void;
}) {
  if (only !== undefined)
    return (
      <Notice title="This session is not in the picture">
        <p className="notice__text">It was not active around this moment, or it is not known here.</p>
        <button {...control("live.all")} type="button" className="button" onClick={onAll}>
          Show all sessions
        </button>
      </Notice>
    );
  if (project !== undefined)
    return (
      <Notice title={`${isPast ? "Nothing was going on" : "All quiet"} in ${project}`}>
        <p className="notice__text">
          No session of this project was active in the half hour before {isPast ? "this moment" : "now"}. Earlier ones are under Sessions.
        </p>
        <button {...control("live.all")} type="button" className="button" onClick={onAll}>
          Show all projects
        </button>
      </Notice>
    );
  return (
    <Notice title={isPast ? "Nothing was going on" : "All quiet"}>
      <p className="notice__text">
        {isPast
          ? "No session was active in the half hour before this moment."
          : "No session was active in the last half hour. Earlier ones are under Sessions, or on the time strip below."}
      </p>
    </Notice>
  );
}

function LiveSkeleton() {
  return (
    <div className="notice" aria-busy="true">
      <span className="unseen">Loading</span>
      <svg width="220" height="220" viewBox="0 0 220 220" fill="none" className="skeleton-rings" aria-hidden>
        <circle cx="110" cy="110" r="52" stroke="var(--line-strong)" />
        <circle cx="110" cy="110" r="100" stroke="var(--line)" />
        <circle cx="110" cy="110" r="10" fill="var(--raised)" />
        <circle cx="152" cy="80" r="7" fill="var(--raised)" />
        <circle cx="74" cy="150" r="7" fill="var(--raised)" />
      </svg>
      <Bone width={140} />
    </div>
  );
}

function find(sessions: readonly SceneSession[], key: string | undefined) {
  if (key === undefined) return undefined;
  const [session, id] = key.split(" ") as [SessionId, AgentId];
  const agents = sessions.find(({ view }) => view.session_id === session)?.agents;
  const agent = agents?.find((one) => one.agent_id === id);
  return agent === undefined ? undefined : { agent, parent: agents!.find((one) => one.agent_id === agent.parent_agent_id) };
}

function withAgent<S extends object>(search: S, agent: string | undefined): S {
  const { agent: _, ...rest } = search as S & { agent?: string };
  return (agent === undefined ? rest : { ...rest, agent }) as S;
}
