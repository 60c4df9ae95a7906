import { ChartGantt, RefreshCw, SlidersHorizontal, Table } from "lucide-react";
import { useState } from "react";
import { callOrders, traceGroups, type TracesSearch } from "../../app/search.ts";
import { useAnswer } from "../../app/use-answer.ts";
import { clip, formatDuration, whole } from "../../ui/format.ts";
import { useTyped } from "../../ui/use-typed.ts";
import { calls as plural, outcomeWords } from "./words.ts";
import { Chips } from "./filter-chips.tsx";
import { filterOf } from "./filter.ts";
import { TimeRange } from "./time-range.tsx";
import type { Go } from "./traces.tsx";
import { control } from "../../mirror/control.ts";

const latencies = [100, 1_000, 10_000, 60_000, 600_000];
const groupWords = { turn: "Turn", agent: "Agent", tool: "Tool", session: "Session", project: "Project", outcome: "Outcome" } as const;
const orderWords = { newest: "Newest first", oldest: "Oldest first", longest: "Longest first" } as const;
const FACETS_EVERY_MS = 15_000;

/** What the screen shows and how. Every filter is in the address; each has a chip that takes it away. */
export function FilterBar({
  search,
  until,
  go,
  isWaterfall,
  newCalls,
  onRefresh,
}: {
  search: TracesSearch;
  until: string | undefined;
  go: Go;
  isWaterfall: boolean;
  newCalls: number;
  onRefresh: () => void;
}) {
  // On a phone what narrows the list would stand before it; there it is folded away.
  const [isUnfolded, setUnfolded] = useState(false);
  const count = Object.keys(filterOf({ ...search, session: undefined, q: undefined }, search.until)).length;
  const filter = filterOf(search, until);
  const { tool: _tool, ...exceptTool } = filter;
  const { outcome: _outcome, ...exceptOutcome } = filter;
  const options = { everyMs: FACETS_EVERY_MS };
  const tools = useAnswer("calls.aggregate", { ...exceptTool, group_by: "tool", limit: 100 }, options).value?.items ?? [];
  const outcomes = useAnswer("calls.aggregate", { ...exceptOutcome, group_by: "outcome", limit: 20 }, options).value;
  const { project: _project, ...exceptProject } = filter;
  const projects =
    useAnswer("calls.aggregate", { ...exceptProject, group_by: "project", limit: 100 }, { isIdle: isWaterfall }).value?.items ?? [];
  const total = (outcomes?.items ?? []).filter(({ key }) => matchesOutcome(key, search.outcome)).reduce((sum, { count }) => sum + count, 0);
  const wrong = (outcomes?.items ?? []).reduce((sum, { failed }) => sum + failed, 0);
  const groups = traceGroups.filter((one) => (isWaterfall ? ["turn", "agent", "tool"].includes(one) : one !== "turn"));
  return (
    <div className="traces__bar">
      <div className="traces__row">
        <h1 className="page__title">Traces</h1>
        {outcomes !== undefined && (
          <span
            className="num dim"
            data-testid="traces-total"
            title={outcomes.lag > 0 ? `The lists are ${whole(outcomes.lag)} events behind the log` : undefined}
          >
            {plural(total)}
            {outcomes.newest_matches !== undefined && ` of the newest ${whole(outcomes.newest_matches)} with these words`}
            {outcomes.lag > 0 && ` · ${whole(outcomes.lag)} events behind`}
          </span>
        )}
        {newCalls > 0 && (
          <button
            {...control("traces.refresh")}
            type="button"
            className="button traces__new"
            onClick={onRefresh}
            title="Calls that began since this was read; the filter decides which of them belong here"
          >
            <RefreshCw size={13} aria-hidden />
            {whole(newCalls)} new
          </button>
        )}
        <span className="traces__gap" />
        {search.session !== undefined && (
          <button
            {...control("traces.toggle_table")}
            type="button"
            className="button"
            onClick={() => go({ table: isWaterfall ? true : undefined, by: undefined })}
          >
            {isWaterfall ? <Table size={14} aria-hidden /> : <ChartGantt size={14} aria-hidden />}
            {isWaterfall ? "Table" : "Waterfall"}
          </button>
        )}
        <select
          {...control("traces.by")}
          className="filter"
          aria-label="Group by"
          value={search.by ?? ""}
          onChange={(event) => go({ by: (event.target.value || undefined) as TracesSearch["by"] })}
        >
          <option value="">{isWaterfall ? "By turn" : "Not grouped"}</option>
          {groups
            .filter((one) => one !== "turn")
            .map((one) => (
              <option key={one} value={one}>
                By {groupWords[one].toLowerCase()}
              </option>
            ))}
        </select>
        {!isWaterfall && search.by === undefined && (
          <select
            {...control("traces.order")}
            className="filter"
            aria-label="Order"
            value={search.order ?? "newest"}
            onChange={(event) => go({ order: event.target.value === "newest" ? undefined : (event.target.value as TracesSearch["order"]) })}
          >
            {callOrders.map((one) => (
              <option key={one} value={one}>
                {orderWords[one]}
              </option>
            ))}
          </select>
        )}
      </div>
      <div className="traces__row">
        <Words value={search.q ?? ""} isNames={isWaterfall} onChange={(q) => go({ q: q || undefined })} />
        <button
          {...control("traces.unfold")}
          type="button"
          className="button traces__unfold"
          aria-expanded={isUnfolded}
          aria-controls="traces-filters"
          onClick={() => setUnfolded(!isUnfolded)}
        >
          <SlidersHorizontal size={14} aria-hidden />
          {count === 0 ? "Filters" : `Filters (${count})`}
        </button>
        <div className="traces__filters" id="traces-filters" data-open={isUnfolded || undefined}>
          <select
            {...control("traces.tool")}
            className="filter"
            aria-label="Tool"
            value={search.tool ?? ""}
            onChange={(event) => go({ tool: event.target.value || undefined })}
          >
            <option value="">Every tool</option>
            {withOwn(tools, search.tool).map(({ key, count }) => (
              <option key={key} value={key}>
                {clip(key, 40)}
                {count > 0 && ` (${whole(count)})`}
              </option>
            ))}
          </select>
          <select
            {...control("traces.outcome")}
            className="filter"
            aria-label="Outcome"
            value={search.outcome ?? ""}
            onChange={(event) => go({ outcome: (event.target.value || undefined) as TracesSearch["outcome"] })}
          >
            <option value="">Every outcome</option>
            <option value="failed">
              {outcomeWords["failed"]} ({whole(wrong)})
            </option>
            {withOwn(outcomes?.items ?? [], search.outcome === "failed" ? undefined : search.outcome).map(({ key, count }) => (
              <option key={key} value={key}>
                {outcomeWords[key] ?? key}
                {count > 0 && ` (${whole(count)})`}
              </option>
            ))}
          </select>
          <select
            {...control("traces.min")}
            className="filter"
            aria-label="At least"
            value={search.min ?? ""}
            onChange={(event) => go({ min: event.target.value === "" ? undefined : Number(event.target.value) })}
          >
            <option value="">Any duration</option>
            {[...new Set([...latencies, ...(search.min === undefined ? [] : [search.min])])]
              .toSorted((a, b) => a - b)
              .map((ms) => (
                <option key={ms} value={ms}>
                  ≥ {formatDuration(ms)}
                </option>
              ))}
          </select>
          <TimeRange since={search.since} until={search.until} go={go} />
          {!isWaterfall && (
            <select
              {...control("live.project")}
              className="filter"
              aria-label="Project"
              value={search.project ?? ""}
              onChange={(event) => go({ project: event.target.value || undefined })}
            >
              <option value="">Every project</option>
              {withOwn(projects, search.project)
                .filter(({ key }) => key !== "")
                .map(({ key, count }) => (
                  <option key={key} value={key}>
                    {clip(key, 40)}
                    {count > 0 && ` (${whole(count)})`}
                  </option>
                ))}
            </select>
          )}
        </div>
      </div>
      <Chips search={search} go={go} />
    </div>
  );
}

function matchesOutcome(key: string, wanted: string | undefined): boolean {
  if (wanted === undefined) return true;
  return wanted === "failed" ? ["error", "timeout", "invalid", "denied"].includes(key) : key === wanted;
}

/** The address keeps what was chosen, even where nothing has it now. */
function withOwn(items: readonly { readonly key: string; readonly count: number }[], own: string | undefined) {
  return own === undefined || items.some(({ key }) => key === own) ? items : [...items, { key: own, count: 0 }];
}

function Words({ value, isNames, onChange }: { value: string; isNames: boolean; onChange: (words: string) => void }) {
  const [typed, setTyped] = useTyped(value, onChange);
  return (
    <input
      {...control("traces.filter")}
      className="filter traces__words"
      type="search"
      placeholder={isNames ? "Words of a name or command" : "Words in title, input, output, error"}
      aria-label="Words"
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
    />
  );
}
