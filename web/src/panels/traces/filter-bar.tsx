import { ChartGantt, RefreshCw, SlidersHorizontal, Table } from "lucide-react";
import { useState } from "react";
import { callOrders, traceGroups, type TracesSearch } from "../../app/search.ts";
import { useAnswer } from "../../app/use-answer.ts";
import { clip, eventCount, formatDuration, whole } from "../../ui/format.ts";
import { useTyped } from "../../ui/use-typed.ts";
import { calls as plural, outcomeWords, requests as requestsPlural } from "./words.ts";
import { Chips } from "./filter-chips.tsx";
import { callOrder, filterOf, requestFilterOf } from "./filter.ts";
import { isSessionId, NamedFilters } from "./named-filters.tsx";
import { TimeRange } from "./time-range.tsx";
import type { Go } from "./traces.tsx";
import { control } from "../../mirror/control.ts";

const latencies = [100, 1_000, 10_000, 60_000, 600_000];
const groupWords = { turn: "Turn", agent: "Agent", tool: "Tool", session: "Session", project: "Project", outcome: "Outcome" } as const;
const orderWords = { newest: "Newest first", oldest: "Oldest first", longest: "Longest first", largest: "Most tokens first" } as const;
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
  const isRequests = search.kind === "requests";
  const filter = filterOf(search, until);
  const { tool: _tool, ...exceptTool } = filter;
  const { outcome: _outcome, ...exceptOutcome } = filter;
  const options = { everyMs: FACETS_EVERY_MS };
  const tools =
    useAnswer("calls.aggregate", { ...exceptTool, group_by: "tool", limit: 100 }, { ...options, isIdle: isRequests }).value?.items ?? [];
  const outcomes = useAnswer(
    "calls.aggregate",
    { ...exceptOutcome, group_by: "outcome", limit: 20 },
    { ...options, isIdle: isRequests },
  ).value;
  const requests = useAnswer("requests.list", { ...requestFilterOf(search, until), limit: 1 }, { ...options, isIdle: !isRequests }).value;
  const { project: _project, ...exceptProject } = filter;
  const projects =
    useAnswer("calls.aggregate", { ...exceptProject, group_by: "project", limit: 100 }, { isIdle: isWaterfall }).value?.items ?? [];
  const total = (outcomes?.items ?? []).filter(({ key }) => matchesOutcome(key, search.outcome)).reduce((sum, { count }) => sum + count, 0);
  const wrong = (outcomes?.items ?? []).reduce((sum, { failed }) => sum + failed, 0);
  const groups = traceGroups.filter((one) => !isWaterfall || one === "agent" || one === "tool");
  const orders = callOrders.filter((one) => isRequests || one !== "largest");
  const lag = (isRequests ? requests : outcomes)?.lag ?? 0;
  return (
    <div className="traces__bar">
      <div className="traces__row">
        <h1 className="page__title">Traces</h1>
        <fieldset className="chips">
          <legend className="unseen">What is listed</legend>
          {(["calls", "requests"] as const).map((kind) => (
            <button
              key={kind}
              {...control("traces.kind", kind)}
              type="button"
              className="button"
              aria-pressed={(kind === "requests") === isRequests}
              onClick={() => go({ kind: kind === "requests" ? kind : undefined, by: undefined, open: undefined }, false)}
            >
              {kind === "calls" ? "Calls" : "Requests"}
            </button>
          ))}
        </fieldset>
        {(isRequests ? requests : outcomes) !== undefined && (
          <span
            className="num dim"
            data-testid="traces-total"
            title={lag > 0 ? `The lists are ${eventCount(lag)} behind the log` : undefined}
          >
            {isRequests ? requestsPlural(requests?.total ?? 0) : plural(total)}
            {!isRequests && outcomes?.newest_matches !== undefined && ` of the newest ${whole(outcomes.newest_matches)} with these words`}
            {lag > 0 && ` · ${eventCount(lag)} behind`}
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
        {isSessionId(search.session) && (
          <button
            {...control("traces.toggle_table")}
            type="button"
            className="button"
            onClick={() => go(isWaterfall ? { table: true, by: undefined } : leaveTable)}
          >
            {isWaterfall ? <Table size={14} aria-hidden /> : <ChartGantt size={14} aria-hidden />}
            {isWaterfall ? "Table" : "Waterfall"}
          </button>
        )}
        {!isRequests && (
          <select
            {...control("traces.by")}
            className="filter"
            aria-label="Group by"
            value={isWaterfall && search.by === "turn" ? "" : (search.by ?? "")}
            onChange={(event) => go({ by: (event.target.value || undefined) as TracesSearch["by"] })}
          >
            <option value="">{isWaterfall ? "By turn" : "Not grouped"}</option>
            {groups.map((one) => (
              <option key={one} value={one}>
                By {groupWords[one].toLowerCase()}
              </option>
            ))}
          </select>
        )}
        {!isWaterfall && (isRequests || search.by === undefined) && (
          <select
            {...control("traces.order")}
            className="filter"
            aria-label="Order"
            value={isRequests ? (search.order ?? "newest") : callOrder(search.order)}
            onChange={(event) => go({ order: event.target.value === "newest" ? undefined : (event.target.value as TracesSearch["order"]) })}
          >
            {orders.map((one) => (
              <option key={one} value={one}>
                {orderWords[one]}
              </option>
            ))}
          </select>
        )}
      </div>
      <div className="traces__row traces__row--filters" data-kind={isWaterfall ? "waterfall" : isRequests ? "requests" : "calls"}>
        <Words value={search.q ?? ""} isRequests={isRequests} onChange={(q) => go({ q: q || undefined })} />
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
          <NamedFilters search={search} filter={filter} isWaterfall={isWaterfall} go={go} />
          {isRequests ? (
            <Choice
              field="traces.model"
              label="Model"
              any="Any model"
              items={withOwn(
                (requests?.models ?? []).map(({ model, count }) => ({ key: model, count })),
                search.model,
              )}
              value={search.model}
              onChange={(model) => go({ model })}
            />
          ) : (
            <>
              <Choice
                field="traces.tool"
                label="Tool"
                any="Any tool"
                items={withOwn(tools, search.tool)}
                value={search.tool}
                onChange={(tool) => go({ tool })}
              />
              <Choice
                field="traces.outcome"
                label="Outcome"
                any="Any outcome"
                items={[
                  { key: "failed", count: wrong },
                  ...withOwn(outcomes?.items ?? [], search.outcome === "failed" ? undefined : search.outcome),
                ]}
                value={search.outcome}
                words={outcomeWords}
                onChange={(outcome) => go({ outcome: outcome as TracesSearch["outcome"] })}
              />
            </>
          )}
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
            <Choice
              field="live.project"
              label="Project"
              any="Any project"
              items={withOwn(projects, search.project).filter(({ key }) => key !== "")}
              value={search.project}
              onChange={(project) => go({ project })}
            />
          )}
        </div>
      </div>
      <Chips search={search} go={go} />
    </div>
  );
}

/** One of a few, with how many calls or requests each has. */
function Choice(props: {
  field: "traces.model" | "traces.tool" | "traces.outcome" | "live.project";
  label: string;
  any: string;
  items: readonly { readonly key: string; readonly count: number }[];
  value: string | undefined;
  words?: Readonly<Record<string, string>>;
  onChange: (value: string | undefined) => void;
}) {
  const { field, label, any, items, value, words = {}, onChange } = props;
  return (
    <select
      {...control(field)}
      className="filter"
      aria-label={label}
      value={value ?? ""}
      onChange={(event) => onChange(event.target.value || undefined)}
    >
      <option value="">{any}</option>
      {items.map(({ key, count }) => (
        <option key={key} value={key}>
          {clip(words[key] ?? key, 40)}
          {(count > 0 || key === "failed") && ` (${whole(count)})`}
        </option>
      ))}
    </select>
  );
}

/** What a waterfall cannot be narrowed by. */
const leaveTable = { table: undefined, by: undefined, kind: undefined, turn: undefined, run: undefined, model: undefined } as const;

function matchesOutcome(key: string, wanted: string | undefined): boolean {
  if (wanted === undefined) return true;
  return wanted === "failed" ? ["error", "timeout", "invalid", "denied"].includes(key) : key === wanted;
}

/** The address keeps what was chosen, even where nothing has it now. */
function withOwn(items: readonly { readonly key: string; readonly count: number }[], own: string | undefined) {
  return own === undefined || items.some(({ key }) => key === own) ? items : [...items, { key: own, count: 0 }];
}

function Words({ value, isRequests, onChange }: { value: string; isRequests: boolean; onChange: (words: string) => void }) {
  const [typed, setTyped] = useTyped(value, onChange);
  return (
    <input
      {...control("traces.filter")}
      className="filter traces__words"
      type="search"
      placeholder={isRequests ? "Words of model, purpose, id" : "Words in title, input, output, error"}
      aria-label="Words"
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
    />
  );
}
