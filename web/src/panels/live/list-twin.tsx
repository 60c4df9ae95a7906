import { memo, useRef, type KeyboardEvent } from "react";
import type { AgentView } from "../../../../src/projections/views.ts";
import { callCount, tokenSum } from "../../app/selectors.ts";
import { familyColour } from "../../graph/families.ts";
import { projectSums, projectWords } from "../../graph/projects.ts";
import type { SceneSession } from "../../graph/scene.ts";
import { clip, formatCount, formatDuration, formatModel, UNKNOWN, whole } from "../../ui/format.ts";
import { StatusWord } from "./inspector.tsx";
import { control } from "../../mirror/control.ts";

const ROWS = 400;

/** The same picture in words: for screen readers, for keyboards, and for whoever prefers a table. */
export const ListTwin = memo(function ListTwin(props: {
  groups: readonly (readonly [project: string, sessions: readonly SceneSession[]])[];
  nowMs: number;
  selected: string | undefined;
  isShown: boolean;
  onSelect: (key: string) => void;
  onOpen: (key: string) => void;
}) {
  const { groups, nowMs, selected, isShown, onSelect, onOpen } = props;
  const table = useRef<HTMLTableElement>(null);
  const parts = groups.map(([project, sessions]) => ({
    sums: projectSums(project, sessions),
    agents: sessions.flatMap((session) => asTree(session.agents)),
  }));
  const total = parts.reduce((sum, { agents }) => sum + agents.length, 0);
  const rows = parts.flatMap((part) => part.agents).slice(0, ROWS);
  const inRows = new Set(rows);
  const listed = parts.map(({ sums, agents }) => ({ sums, rows: agents.filter((agent) => inRows.has(agent)) }));
  const titles = new Map(groups.flatMap(([, sessions]) => sessions.map(({ view }) => [view.session_id, view.title] as const)));
  const tabStop = rows.some((agent) => keyOf(agent) === selected) ? selected : rows[0] && keyOf(rows[0]);

  const onKeyDown = (event: KeyboardEvent) => {
    const step =
      event.key === "ArrowDown"
        ? 1
        : event.key === "ArrowUp"
          ? -1
          : event.key === "Home"
            ? -rows.length
            : event.key === "End"
              ? rows.length
              : 0;
    if (step === 0) return;
    const buttons = [...table.current!.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    buttons[Math.min(buttons.length - 1, Math.max(0, at + step))]?.focus();
    event.preventDefault();
  };

  return (
    <div className={isShown ? "twin" : "unseen"}>
      {/* Keys that bubble up from the buttons in it. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <table aria-label="Agents" ref={table} onKeyDown={onKeyDown}>
        <thead>
          <tr>
            <th scope="col">Agent</th>
            <th scope="col">Status</th>
            <th scope="col">Model</th>
            <th scope="col">Doing</th>
            <th scope="col" data-num>
              Calls
            </th>
            <th scope="col" data-num>
              Tokens
            </th>
            <th scope="col" data-num>
              Age
            </th>
          </tr>
        </thead>
        {listed
          .filter((part) => part.rows.length > 0)
          .map((part) => (
            <tbody key={part.sums.key}>
              {groups.length > 1 && (
                <tr className="twin__project" data-testid="project-row">
                  <th scope="rowgroup" colSpan={7}>
                    {part.sums.name} <span className="dim">{projectWords(part.sums)}</span>
                  </th>
                </tr>
              )}
              {part.rows.map((agent) => (
                <Row
                  key={keyOf(agent)}
                  agent={agent}
                  title={agent.depth === 0 && titles.size > 1 ? titles.get(agent.session_id) : undefined}
                  age={ageOf(agent, nowMs)}
                  isSelected={keyOf(agent) === selected}
                  isTabStop={keyOf(agent) === tabStop}
                  onSelect={onSelect}
                  onOpen={onOpen}
                />
              ))}
            </tbody>
          ))}
      </table>
      {total > rows.length && <p className="dim">{whole(total - rows.length)} more agents are not listed.</p>}
    </div>
  );
});

interface RowProps {
  readonly agent: AgentView;
  /** Of its session, where there are several. */
  readonly title: string | undefined;
  readonly age: string;
  readonly isSelected: boolean;
  readonly isTabStop: boolean;
  onSelect(key: string): void;
  onOpen(key: string): void;
}

const Row = memo(function Row(props: RowProps) {
  const { agent, title, age, isSelected, isTabStop, onSelect, onOpen } = props;
  const key = keyOf(agent);
  const calls = callCount(agent);
  const colour = agent.depth === 0 ? "var(--brass)" : `var(--family-${familyColour(agent.model)})`;
  return (
    <tr
      aria-selected={isSelected}
      data-testid={`agent-row-${agent.agent_id}`}
      data-session={agent.session_id}
      data-edge={agent.depth > 0 ? agent.edge : ""}
      data-parent={agent.parent_agent_id ?? ""}
      data-status={agent.status}
      data-outcome={agent.status === "ended" ? (agent.outcome ?? "") : ""}
      data-depth={agent.depth}
      data-calls={calls}
      data-running={agent.running.length}
    >
      <td style={{ paddingLeft: Math.min(agent.depth, 8) * 18 }}>
        <button
          {...control("live.agent", key)}
          type="button"
          className="twin__name"
          aria-label={agent.label}
          tabIndex={isTabStop ? 0 : -1}
          onFocus={() => onSelect(key)}
          onClick={() => onSelect(key)}
          onDoubleClick={() => onOpen(key)}
        >
          <i style={{ ["--c" as string]: colour }} aria-hidden />
          <span>{agent.label}</span>
        </button>
        {title !== undefined && <small className="twin__word">{clip(title, 60)}</small>}
        {agent.background === true && <small className="twin__word">background</small>}
        {agent.depth > 0 && agent.edge === "inferred" && (
          <small className="twin__word" title="No source has named the parent: it is worked out">
            inferred
          </small>
        )}
      </td>
      <td>
        <StatusWord agent={agent} />
      </td>
      <td className="mono dim">{formatModel(agent.model)}</td>
      <td className="mono dim">{agent.running[0]?.name ?? ""}</td>
      <td className="num" title={toolsInWords(agent)}>
        {formatCount(calls)}
        {agent.tools.length > 0 && <span className="unseen">: {toolsInWords(agent)}</span>}
      </td>
      <td className="num">{agent.requests === 0 && tokenSum(agent.tokens) === 0 ? UNKNOWN : formatCount(tokenSum(agent.tokens))}</td>
      <td className="num">{age}</td>
    </tr>
  );
}, isSameRow);

/** Views are made anew whenever their session changes; a row is drawn anew only when it would look different. */
function isSameRow(a: RowProps, b: RowProps): boolean {
  const [x, y] = [a.agent, b.agent];
  return (
    a.age === b.age &&
    a.title === b.title &&
    a.isSelected === b.isSelected &&
    a.isTabStop === b.isTabStop &&
    x.status === y.status &&
    x.outcome === y.outcome &&
    x.label === y.label &&
    x.model === y.model &&
    x.depth === y.depth &&
    x.parent_agent_id === y.parent_agent_id &&
    x.edge === y.edge &&
    x.background === y.background &&
    x.calls === y.calls &&
    x.requests === y.requests &&
    x.running.length === y.running.length &&
    x.running[0]?.name === y.running[0]?.name
  );
}

/** Children after their parent; whoever hangs from nobody at the end. */
function asTree(agents: readonly AgentView[]): AgentView[] {
  const children = new Map<string | undefined, AgentView[]>();
  for (const agent of agents) {
    const siblings = children.get(agent.parent_agent_id);
    if (siblings === undefined) children.set(agent.parent_agent_id, [agent]);
    else siblings.push(agent);
  }
  const ordered = new Set<AgentView>();
  const waiting = (children.get(undefined) ?? []).toReversed();
  for (let agent = waiting.pop(); agent !== undefined; agent = waiting.pop()) {
    if (ordered.has(agent)) continue;
    ordered.add(agent);
    waiting.push(...(children.get(agent.agent_id) ?? []).toReversed());
  }
  for (const agent of agents) ordered.add(agent);
  return [...ordered];
}

function keyOf(agent: AgentView): string {
  return `${agent.session_id} ${agent.agent_id}`;
}

function ageOf(agent: AgentView, nowMs: number): string {
  const end = agent.status === "ended" && agent.ended_at !== undefined ? Date.parse(agent.ended_at) : nowMs;
  return formatDuration(end - Date.parse(agent.spawned_at));
}

function toolsInWords({ tools }: AgentView): string {
  return tools.map(({ tool = "unnamed", total }) => `${tool} ×${whole(total)}`).join(", ");
}
