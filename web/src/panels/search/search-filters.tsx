import { X } from "lucide-react";
import { useMemo, useState } from "react";
import { useSelected } from "../../app/app-context.ts";
import { searchKinds, searchOutcomes, type SearchSearch } from "../../app/search.ts";
import { shownOf, type Snapshot } from "../../app/store.ts";
import { useAnswer } from "../../app/use-answer.ts";
import { clip, formatMoment } from "../../ui/format.ts";
import { NameBox, type Name } from "../../ui/name-box.tsx";
import { countWords, kindWords } from "./hits.ts";
import { control } from "../../mirror/control.ts";

export type GoSearch = (patch: { readonly [K in keyof SearchSearch]?: SearchSearch[K] | undefined }) => void;

const LISTED = 200;
const ages = [
  ["Last hour", 3_600_000],
  ["Last day", 86_400_000],
  ["Last week", 604_800_000],
] as const;
const stateOf = (snapshot: Snapshot) => shownOf(snapshot).state;

/** What narrows a search. Sessions and agents are named as people know them; the nearest names are offered while one types. */
export function SearchFilters({
  search,
  totals,
  isPart,
  nowMs,
  go,
}: {
  search: SearchSearch;
  totals: Partial<Record<keyof typeof kindWords, number>> | undefined;
  /** Only the newest matches are counted. */
  isPart: boolean;
  nowMs: number;
  go: GoSearch;
}) {
  const { kind, project, outcome, since, until } = search;
  const tools = useAnswer("calls.aggregate", { group_by: "tool", limit: 100 }).value?.items ?? [];
  const projects = useAnswer("calls.aggregate", { group_by: "project", limit: 100 }).value?.items ?? [];
  const listed = useAnswer("sessions.list", { limit: LISTED }).value?.items;
  const titles = useMemo(
    () => (listed ?? []).map((row): Name => ({ value: String(row["session_id"]), name: String(row["title"] ?? row["session_id"]) })),
    [listed],
  );
  const { sessions } = useSelected(stateOf);
  const agents = useMemo(() => {
    const all = [...sessions.values()].flatMap((session) => [...session.agents.values()]);
    return [...new Set(all.flatMap(({ name, agent_type }) => [name, agent_type]).filter((name) => name !== undefined))].toSorted();
  }, [sessions]);
  const [isAsked, setEnding] = useState(false);
  const isEnding = isAsked || until !== undefined;
  return (
    <>
      <select
        {...control("search.kind")}
        className="filter"
        aria-label="Kind"
        value={kind ?? ""}
        onChange={(event) => go({ kind: (event.target.value || undefined) as SearchSearch["kind"] })}
      >
        <option value="">Everything</option>
        {searchKinds.map((one) => (
          <option key={one} value={one}>
            {kindWords[one]}
            {totals !== undefined && ` (${countWords(totals[one] ?? 0, totals[one], isPart)})`}
          </option>
        ))}
      </select>
      <NameBox
        field="search.session"
        label="Session"
        placeholder="Any session"
        list={titles}
        value={search.session}
        onChange={(value) => go({ session: value })}
      />
      <NameBox
        field="search.agent"
        label="Agent"
        placeholder="Any agent"
        list={named(agents)}
        value={search.agent}
        onChange={(value) => go({ agent: value })}
      />
      <select
        {...control("live.project")}
        className="filter"
        aria-label="Project"
        value={project ?? ""}
        onChange={(event) => go({ project: event.target.value || undefined })}
      >
        <option value="">Any project</option>
        {[...new Set([...projects.map(({ key }) => key), project ?? ""])]
          .filter((name) => name !== "")
          .map((name) => (
            <option key={name}>{name}</option>
          ))}
      </select>
      <NameBox
        field="search.tool"
        label="Tool"
        placeholder="Any tool"
        list={named(tools.map(({ key }) => key))}
        value={search.tool}
        onChange={(value) => go({ tool: value })}
      />
      <select
        {...control("search.outcome")}
        className="filter"
        aria-label="Outcome"
        value={outcome ?? ""}
        onChange={(event) => go({ outcome: (event.target.value || undefined) as SearchSearch["outcome"] })}
      >
        <option value="">Any outcome</option>
        {searchOutcomes.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
      <select
        {...control("search.since")}
        className="filter"
        aria-label="Time"
        value={isEnding ? "until" : since === undefined ? "" : "set"}
        onChange={({ target: { value } }) => {
          if (value === "set") return;
          setEnding(value === "until");
          if (value !== "until") go({ since: sinceOf(Number(value), nowMs), until: undefined });
        }}
      >
        <option value="">Any time</option>
        {since !== undefined && <option value="set">Since {formatMoment(Date.parse(since), nowMs)}</option>}
        {ages.map(([word, ms]) => (
          <option key={ms} value={ms}>
            {word}
          </option>
        ))}
        <option value="until">Until …</option>
      </select>
      {isEnding && (
        <label className="dim search-bar__until">
          Until
          <input
            {...control("search.until")}
            className="filter"
            type="datetime-local"
            title="Nothing after this time"
            value={until === undefined ? "" : localTime(until)}
            onChange={(event) => go({ until: event.target.value === "" ? undefined : new Date(event.target.value).toISOString() })}
          />
        </label>
      )}
    </>
  );
}

/** As a field of the browser takes it: local, to the minute. */
function localTime(at: string): string {
  const ms = Date.parse(at);
  return new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** Whoever searches asks by name: it is itself what is meant. */
const named = (names: readonly string[]): readonly Name[] => names.map((name) => ({ value: name, name }));

/** Sessions and agents that a search is narrowed to, each with the way to take it away. */
export function SearchChips({
  search,
  nowMs,
  go,
  titleOf,
}: {
  search: SearchSearch;
  nowMs: number;
  go: GoSearch;
  titleOf: (id: string) => string;
}) {
  const { session, agent, tool, until } = search;
  const chips = [
    ...(session === undefined ? [] : [["session", titleOf(session)] as const]),
    ...(agent === undefined ? [] : [["agent", agent] as const]),
    ...(tool === undefined ? [] : [["tool", tool] as const]),
    ...(until === undefined ? [] : [["until", formatMoment(Date.parse(until), nowMs)] as const]),
  ];
  if (chips.length === 0) return null;
  return (
    <ul className="search-chips" aria-label="Filters that are set">
      {chips.map(([key, words]) => (
        <li key={key}>
          <button
            {...control("search.drop", key)}
            type="button"
            className="chip"
            data-stop
            aria-label={`Take away ${key} ${words}`}
            onClick={() => go({ [key]: undefined })}
          >
            <span>
              {key} {clip(words, 48)}
            </span>
            <X size={12} aria-hidden />
          </button>
        </li>
      ))}
    </ul>
  );
}

function sinceOf(ageMs: number, nowMs: number): string | undefined {
  return ageMs > 0 ? new Date(Math.floor((nowMs - ageMs) / 60_000) * 60_000).toISOString() : undefined;
}
