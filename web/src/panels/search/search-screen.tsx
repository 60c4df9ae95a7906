import { useNavigate, useSearch } from "@tanstack/react-router";
import { SlidersHorizontal, Terminal } from "lucide-react";
import { useRef, useState, type KeyboardEvent } from "react";
import { useApp, useSelected } from "../../app/app-context.ts";
import type { SearchSearch } from "../../app/search.ts";
import { shownOf, type Snapshot } from "../../app/store.ts";
import { usePast } from "../../app/use-past.ts";
import { useAnswer } from "../../app/use-answer.ts";
import { useSessionTitles } from "../../app/use-session-titles.ts";
import { eventCount, whole } from "../../ui/format.ts";
import { Bone, Notice, Problem } from "../../ui/states.tsx";
import { useTyped } from "../../ui/use-typed.ts";
import "../../ui/page.css";
import { HitLine } from "./hit-line.tsx";
import { countWords, isHit, isOperation, kindWords, type SearchAnswer } from "./hits.ts";
import { NothingFound } from "./nothing-found.tsx";
import { SearchChips, SearchFilters, type GoSearch } from "./search-filters.tsx";
import "./search.css";
import { control } from "../../mirror/control.ts";

const PAGE = 60;
const AGAIN_MS = 1_500;
const clock = (snapshot: Snapshot): number => shownOf(snapshot).nowMs;

/** Full text over all that agents said and did, by kind, with the place of each hit. */
export function SearchScreen() {
  const search = useSearch({ from: "/search" });
  const { q = "", kind, session, agent, project, tool, outcome, since, until } = search;
  const navigate = useNavigate({ from: "/search" });
  const nowMs = useSelected(clock);
  const past = usePast();
  const titleOf = useSessionTitles();
  const box = useRef<HTMLDivElement>(null);
  const go: GoSearch = (patch) => void navigate({ search: (old) => ({ ...old, ...patch }) as SearchSearch, replace: true });
  const [typed, setTyped] = useTyped(q, (words) => go({ q: words || undefined }));
  const filter = {
    ...(session === undefined ? {} : { session_id: session }),
    ...(agent === undefined ? {} : { agent_id: agent }),
    ...(project === undefined ? {} : { project }),
    ...(tool === undefined ? {} : { tool }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(since === undefined ? {} : { since }),
    ...untilOf(until, past),
  };
  const question = { q, ...(kind === undefined ? {} : { kinds: [kind] }), ...filter, limit: PAGE };
  // On a phone what narrows the search would stand before what it found; there it is folded away.
  const [isUnfolded, setUnfolded] = useState(false);
  const count = [kind, session, agent, project, tool, outcome, since, until].filter((one) => one !== undefined).length;
  const [lag, setLag] = useState(0);
  const first = useAnswer("search.query", question, { isIdle: q === "", ...(lag > 0 ? { everyMs: AGAIN_MS } : {}) });
  const found = q === "" ? undefined : first.value;
  if ((found?.lag ?? 0) !== lag) setLag(found?.lag ?? 0);
  const rest = useRest(JSON.stringify(question), found?.next_cursor, question);
  const items = [...(found?.items ?? []), ...rest.items];
  const hits = items.filter(isHit);
  const meant = items.filter(isOperation);

  const onKey = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined || event.target instanceof HTMLSelectElement || (event.target as HTMLElement).matches("input[list]")) return;
    event.preventDefault();
    const stops = [...(box.current?.querySelectorAll<HTMLElement>("[data-stop]") ?? [])];
    stops[Math.max(0, Math.min(stops.length - 1, stops.indexOf(document.activeElement as HTMLElement) + step))]?.focus();
  };

  const results = () => {
    if (q === "") return <Teach />;
    if (found === undefined && first.problem !== undefined)
      return <Problem what="The search failed" why={first.problem} onRetry={first.retry} />;
    if (found === undefined) return <SearchBones />;
    if (items.length === 0) return <NothingFound search={search} didYouMean={found.did_you_mean} go={go} />;
    return (
      <>
        {(Object.keys(kindWords) as (keyof typeof kindWords)[])
          .map((one) => [one, hits.filter((hit) => hit.kind === one)] as const)
          .filter(([, own]) => own.length > 0)
          .map(([one, own]) => (
            <section key={one} className="hits" aria-label={kindWords[one]}>
              <h2 className="heading">
                {kindWords[one]}{" "}
                <span className="num">{countWords(own.length, found.totals?.[one], found.newest_matches !== undefined)}</span>
              </h2>
              <ul>
                {own.map((hit) => (
                  <li key={`${hit.session_id} ${hit.id} ${hit.seq}`}>
                    <HitLine hit={hit} session={titleOf(hit.session_id)} nowMs={nowMs} />
                  </li>
                ))}
              </ul>
            </section>
          ))}
        {rest.more !== undefined && (
          <button {...control("search.more")} type="button" className="button hits__more" onClick={rest.more} disabled={rest.isReading}>
            Show more
          </button>
        )}
        {rest.problem !== undefined && <p role="alert">{rest.problem}</p>}
        {meant.length > 0 && (
          <section className="hits" aria-label="Operations">
            <h2 className="heading">
              Operations <span className="num">{whole(meant.length)}</span>
            </h2>
            <ul>
              {meant.map(({ id: name, snippet: summary }) => (
                <li key={name}>
                  <a {...control("search.hit", name)} className="hit" data-stop href={`/docs#${name}`}>
                    <Terminal size={14} aria-hidden />
                    <span className="hit__words">
                      <span className="mono">{name}</span>
                      <span className="hit__snippet">{summary}</span>
                    </span>
                  </a>
                </li>
              ))}
            </ul>
          </section>
        )}
      </>
    );
  };

  return (
    <div className="page" data-testid="search">
      {/* The arrows walk from the box through the results. */}
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions */}
      <div className="page__inner" ref={box} onKeyDown={onKey}>
        <div className="page__head">
          <h1 className="page__title">Search</h1>
        </div>
        <div className="search-bar">
          <input
            {...control("search.filter")}
            className="filter search-bar__box"
            type="search"
            data-stop
            // oxlint-disable-next-line jsx-a11y/no-autofocus -- the screen is for typing here
            autoFocus
            aria-label="Search"
            placeholder="Words of a message, call, error, file, session"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            onKeyDown={(event) => {
              // Out of the box single keys are keys again. A browser's own Escape would empty it.
              if (event.key !== "Escape") return;
              event.preventDefault();
              event.currentTarget.blur();
            }}
          />
          <button
            {...control("search.unfold")}
            type="button"
            className="button search-bar__unfold"
            aria-expanded={isUnfolded}
            aria-controls="search-filters"
            onClick={() => setUnfolded(!isUnfolded)}
          >
            <SlidersHorizontal size={14} aria-hidden />
            {count === 0 ? "Filters" : `Filters (${count})`}
          </button>
          <div className="search-bar__filters" id="search-filters" data-open={isUnfolded || undefined}>
            <SearchFilters search={search} totals={found?.totals} isPart={found?.newest_matches !== undefined} nowMs={nowMs} go={go} />
          </div>
        </div>
        <SearchChips search={search} nowMs={nowMs} go={go} titleOf={titleOf} />
        {lag > 0 && (
          <p className="search-bar__lag" aria-live="polite" data-testid="search-lag">
            The search is {eventCount(lag)} behind the log; what is newer will be found in a moment.
          </p>
        )}
        <div aria-busy={q !== "" && first.isLoading}>{results()}</div>
      </div>
    </div>
  );
}

/** The earlier of the time that is asked for and the moment on screen. */
function untilOf(until: string | undefined, past: string | undefined): { readonly until?: string } {
  const ends = [until, past].filter((time) => time !== undefined).toSorted();
  return ends[0] === undefined ? {} : { until: ends[0] };
}

/** The pages after the first, one at a time as they are asked for. */
function useRest(key: string, cursor: string | undefined, question: object) {
  const { client } = useApp();
  const [pages, setPages] = useState<{ key: string; items: SearchAnswer["items"]; next: string | undefined; problem?: string }>();
  const [isReading, setReading] = useState(false);
  const own = pages?.key === key ? pages : undefined;
  const next = own === undefined ? cursor : own.next;
  const more = async (): Promise<void> => {
    setReading(true);
    try {
      const page = await client.call("search.query", { q: "", ...question, cursor: next });
      setPages({ key, items: [...(own?.items ?? []), ...page.items], next: page.next_cursor });
    } catch (error) {
      setPages({ key, items: own?.items ?? [], next, problem: error instanceof Error ? error.message : String(error) });
    } finally {
      setReading(false);
    }
  };
  return { items: own?.items ?? [], problem: own?.problem, isReading, more: next === undefined ? undefined : () => void more() };
}

function Teach() {
  const rules = [
    ["parser error", "both words, in any order"],
    ['"parser error"', "the phrase as it stands"],
    ["parser -test", "the first word without the second"],
    ["pars*", "every word that begins so"],
  ] as const;
  return (
    <Notice title="Find what was said and done" testId="search-first">
      <p className="notice__text">Messages, calls with what went in and came out, errors, files and sessions, of every agent.</p>
      <dl className="search-rules">
        {rules.map(([example, what]) => (
          <div key={example}>
            <dt className="mono">{example}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Notice>
  );
}

function SearchBones() {
  return (
    <div className="search-bones" aria-busy="true">
      <span className="unseen">Loading</span>
      {[70, 52, 64, 45].map((width) => (
        <Bone key={width} width={`${width}%`} height={16} />
      ))}
    </div>
  );
}
