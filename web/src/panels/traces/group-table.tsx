import { useSelected } from "../../app/app-context.ts";
import type { TracesSearch } from "../../app/search.ts";
import { shownOf, type Snapshot } from "../../app/store.ts";
import { useSessionTitles } from "../../app/use-session-titles.ts";
import { NowNote } from "../../app/now-note.tsx";
import { useAnswer } from "../../app/use-answer.ts";
import { clip, formatDuration, UNKNOWN, whole } from "../../ui/format.ts";
import { Notice, Problem } from "../../ui/states.tsx";
import { RowsSkeleton } from "./paged-table.tsx";
import { nothing } from "./filter-chips.tsx";
import { filterOf } from "./filter.ts";
import { safeText } from "../../ui/safe-text.ts";
import { agentName } from "./words.ts";
import type { Go } from "./traces.tsx";
import { control } from "../../mirror/control.ts";

const LIMIT = 200;
const EVERY_MS = 10_000;
const words = { tool: "Tool", agent: "Agent", session: "Session", project: "Project", outcome: "Outcome", turn: "Turn" } as const;
const stateOf = (snapshot: Snapshot) => shownOf(snapshot).state;

/** How often each tool, agent, session or project was called, how often that went wrong, and how long it took. */
export function GroupTable({ search, until, version, go }: { search: TracesSearch; until: string | undefined; version: number; go: Go }) {
  const by = search.by ?? "tool";
  const state = useSelected(stateOf);
  const titleOf = useSessionTitles();
  const { value, problem, retry } = useAnswer(
    "calls.aggregate",
    { ...filterOf(search, until), group_by: by, limit: LIMIT },
    { everyMs: EVERY_MS, version },
  );
  if (value === undefined && problem !== undefined) return <Problem what="The calls cannot be counted" why={problem} onRetry={retry} />;
  if (value === undefined) return <RowsSkeleton />;
  if (value.items.length === 0)
    return (
      <Notice title="No call matches">
        <button {...control("traces.all")} type="button" className="button" onClick={() => go(nothing)}>
          Clear the filters
        </button>
      </Notice>
    );
  const nameOf = ({ key, session_id: session, name }: (typeof value.items)[number]): string => {
    const found = session === undefined ? undefined : state.sessions.get(session as never);
    if (by === "session") return clip(titleOf(key), 80);
    if (by === "agent") return name ?? agentName(found?.agents.get(key as never), key);
    if (by === "turn" && name !== undefined) return clip(safeText(name), 80);
    return key === "" ? "not told" : key;
  };
  const most = Math.max(1, ...value.items.map(({ total_ms }) => total_ms));
  return (
    // A scrolling region must be reachable by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section className="table-box traces__groups" tabIndex={0} aria-label={`Calls by ${by}`} data-testid="call-groups">
      <NowNote what="Calls that had begun by the moment are counted; how they ended and how long they took is" />
      <table className="table">
        <thead>
          <tr>
            <th>{words[by]}</th>
            <th data-num>Calls</th>
            <th data-num>Went wrong</th>
            <th data-num>Half within</th>
            <th data-num>95 % within</th>
            <th data-num>Longest</th>
            <th data-num>Together</th>
          </tr>
        </thead>
        <tbody>
          {value.items.map((item) => (
            <tr key={`${item.session_id ?? ""} ${item.key}`}>
              <td>
                <button
                  {...control("traces.narrow", item.key)}
                  type="button"
                  className="linkish"
                  onClick={() => go(narrow(by, item.key, item.session_id), false)}
                  disabled={by === "turn" && item.key === ""}
                >
                  {nameOf(item)}
                </button>
                {(by === "agent" || by === "turn") && item.session_id !== undefined && <small>{clip(titleOf(item.session_id), 60)}</small>}
              </td>
              <td className="num">{whole(item.count)}</td>
              <td className="num" data-wrong={item.failed > 0 || undefined}>
                {item.failed === 0 ? "0" : whole(item.failed)}
              </td>
              {[item.p50_ms, item.p95_ms, item.max_ms].map((ms, index) => (
                // The columns keep their places.
                // oxlint-disable-next-line react/no-array-index-key
                <td key={index} className="num" title={ms === undefined ? "No duration is known" : `${whole(ms)} ms`}>
                  {ms === undefined ? UNKNOWN : formatDuration(ms)}
                </td>
              ))}
              <td className="num traces__sum" title={`${whole(item.total_ms)} ms`}>
                {formatDuration(item.total_ms)}
                <i style={{ width: `${(100 * item.total_ms) / most}%` }} aria-hidden />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {value.items.length === LIMIT && <p className="section__note">The {LIMIT} largest of more.</p>}
    </section>
  );
}

function narrow(by: NonNullable<TracesSearch["by"]>, key: string, session: string | undefined): Parameters<Go>[0] {
  if (by === "agent") return { by: undefined, agent: key, session, table: true };
  if (by === "session") return { by: undefined, session: key };
  if (by === "turn") return { by: undefined, session, turn: key };
  return { by: undefined, [by]: key };
}
