import { X } from "lucide-react";
import { useSelected } from "../../app/app-context.ts";
import type { TracesSearch } from "../../app/search.ts";
import { shownOf, type Snapshot } from "../../app/store.ts";
import { useSessionTitles } from "../../app/use-session-titles.ts";
import { clip, formatDuration, formatModel, formatMoment } from "../../ui/format.ts";
import type { Go } from "./traces.tsx";
import { outcomeWords } from "./words.ts";
import { control } from "../../mirror/control.ts";

/** Each filter that is set, and the way to take it away. */
export function Chips({ search, go }: { search: TracesSearch; go: Go }) {
  const titleOf = useSessionTitles();
  const nowMs = useSelected((snapshot: Snapshot) => shownOf(snapshot).nowMs);
  const { session, agent, turn, model, tool, outcome, run, project, min, since, until, q } = search;
  const chips: readonly (readonly [key: keyof TracesSearch, words: string, what: string] | undefined)[] = [
    session === undefined ? undefined : ["session", clip(titleOf(session), 48), "session"],
    agent === undefined ? undefined : ["agent", agent === "agt_main" ? "main agent" : clip(agent, 24), "agent"],
    turn === undefined ? undefined : ["turn", clip(turn, 24), "turn"],
    model === undefined ? undefined : ["model", formatModel(model), "model"],
    tool === undefined ? undefined : ["tool", tool, "tool"],
    outcome === undefined ? undefined : ["outcome", outcomeWords[outcome] ?? outcome, "outcome"],
    run === undefined ? undefined : ["run", clip(run, 24), "run"],
    project === undefined ? undefined : ["project", project, "project"],
    min === undefined ? undefined : ["min", `≥ ${formatDuration(min)}`, "duration"],
    since === undefined ? undefined : ["since", `since ${formatMoment(Date.parse(since), nowMs)}`, "time"],
    until === undefined ? undefined : ["until", `until ${formatMoment(Date.parse(until), nowMs)}`, "time"],
    q === undefined ? undefined : ["q", `“${clip(q, 32)}”`, "words"],
  ];
  const set = chips.filter((chip) => chip !== undefined);
  if (set.length === 0) return null;
  return (
    <ul className="traces__chips" aria-label="Filters that are set">
      {set.map(([key, words, what]) => (
        <li key={key}>
          <button
            {...control("traces.drop", key)}
            type="button"
            className="chip"
            title={`Take away: ${what}`}
            aria-label={`Take away ${what} ${words}`}
            onClick={() =>
              go(
                key === "session"
                  ? { session: undefined, agent: undefined, turn: undefined, table: undefined, by: undefined }
                  : { [key]: undefined },
              )
            }
          >
            <span>{words}</span>
            <X size={12} aria-hidden />
          </button>
        </li>
      ))}
      <li>
        <button {...control("traces.all")} type="button" className="linkish" onClick={() => go(nothing)}>
          Clear all
        </button>
      </li>
    </ul>
  );
}

/** No filter at all. */
export const nothing = {
  session: undefined,
  agent: undefined,
  turn: undefined,
  model: undefined,
  tool: undefined,
  outcome: undefined,
  run: undefined,
  project: undefined,
  min: undefined,
  since: undefined,
  until: undefined,
  q: undefined,
  table: undefined,
} as const;
