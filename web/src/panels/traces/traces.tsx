import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useApp } from "../../app/app-context.ts";
import { traceOutcomes, type TracesSearch } from "../../app/search.ts";
import { shownOf, type Snapshot } from "../../app/store.ts";
import { useAnswer } from "../../app/use-answer.ts";
import { useSteady } from "../../app/use-steady.ts";
import { clip, formatClock, formatCount, formatDuration, whole } from "../../ui/format.ts";
import { Bone, FirstRun, Notice, Problem } from "../../ui/states.tsx";
import { CallLine } from "./call-line.tsx";
import { asOf, windowOf } from "./waterfall.ts";
import "../../ui/page.css";
import "./traces.css";

const identity = (snapshot: Snapshot) => snapshot;
const PAGE = 200;
const ASK_EVERY_MS = 5_000;
const latencies = [100, 1_000, 10_000, 60_000] as const;
const noFilter = { q: undefined, session: undefined, tool: undefined, outcome: undefined, min: undefined };

/** The tool calls of every session on one axis of time. */
export function Traces() {
  const { store } = useApp();
  const filter = useSearch({ from: "/traces" });
  const navigate = useNavigate({ from: "/traces" });
  const snapshot = useSteady(identity, 1_000);
  const { nowMs, isPast } = shownOf(snapshot);
  const until = isPast ? { until: new Date(nowMs).toISOString() } : {};
  const { q, session, tool, outcome, min, order } = filter;
  // How a call ended and how long it took may lie after the moment: those two are looked at here, as things stood then.
  const asked = {
    ...(q === undefined ? {} : { text: q }),
    ...(session === undefined ? {} : { session_id: session }),
    ...(tool === undefined ? {} : { tool }),
    ...(isPast || outcome === undefined ? {} : { outcome }),
    ...(isPast || min === undefined ? {} : { min_ms: min }),
    ...until,
  };
  const [pageOf, setPageOf] = useState<{ question: string; cursors: readonly string[] }>({ question: "", cursors: [] });
  const question = JSON.stringify([asked, order]);
  const cursors = pageOf.question === question ? pageOf.cursors : [];
  const cursor = cursors.at(-1);
  const every = { everyMs: ASK_EVERY_MS };
  const answer = useAnswer(
    "calls.list",
    { ...asked, order: isPast ? "newest" : (order ?? "newest"), limit: PAGE, ...(cursor === undefined ? {} : { cursor }) },
    cursor === undefined ? every : {},
  );
  const { tool: _, ...anyTool } = asked;
  const facets = useAnswer("calls.aggregate", { ...anyTool, group_by: "tool", limit: 30 }, every);
  const set = (change: Partial<Record<keyof TracesSearch, string | number | undefined>>) =>
    void navigate({ search: (old) => ({ ...old, ...change }) as TracesSearch, replace: true });

  const rows = useMemo(() => {
    const items = answer.value?.items ?? [];
    if (!isPast) return items;
    return items
      .flatMap((row) => asOf(row, nowMs) ?? [])
      .filter((row) => matches(row.state === "running" ? "running" : row.outcome, outcome))
      .filter((row) => min === undefined || (row.duration_ms ?? -1) >= min);
  }, [answer.value, isPast, nowMs, outcome, min]);
  const window = windowOf(rows, nowMs);
  const active = [
    q && `the words “${q}”`,
    session && "the session",
    tool && `the tool ${tool}`,
    outcome && `the outcome ${outcome}`,
    min && `at least ${formatDuration(min)}`,
  ].filter((one) => typeof one === "string");

  const body = () => {
    if (snapshot.past?.problem !== undefined)
      return <Problem what="This moment cannot be shown" why={snapshot.past.problem} onRetry={store.retryPast} />;
    if (answer.problem !== undefined && answer.value === undefined)
      return <Problem what="The calls cannot be listed" why={answer.problem} onRetry={answer.retry} />;
    if (answer.value === undefined) return <Skeleton />;
    if (rows.length === 0 && active.length > 0)
      return (
        <Notice title="No call matches">
          <p className="notice__text">Calls are hidden by {active.join(" and ")}.</p>
          <button type="button" className="button" onClick={() => set(noFilter)}>
            Clear the filter
          </button>
        </Notice>
      );
    if (rows.length === 0) return isPast ? <Notice title="No call had been made at this moment" /> : <FirstRun />;
    return (
      <>
        {answer.problem !== undefined && <p className="dim">The list is old: {answer.problem}</p>}
        {window !== undefined && (
          <div className="traces__axis dim">
            <div>
              <span className="num">{formatClock(window.fromMs)}</span>
              <span>{formatDuration(window.toMs - window.fromMs)}</span>
              <span className="num">{formatClock(window.toMs)}</span>
            </div>
          </div>
        )}
        <ul className="traces" data-testid="traces" aria-busy={answer.isLoading}>
          {rows.map((row) => (
            <CallLine key={`${row.session_id} ${row.call_id}`} row={row} window={window} nowMs={nowMs} />
          ))}
        </ul>
        <div className="traces__pages">
          {cursors.length > 0 && (
            <button type="button" className="button" onClick={() => setPageOf({ question, cursors: cursors.slice(0, -1) })}>
              Previous calls
            </button>
          )}
          {answer.value.next_cursor !== undefined && !answer.isLoading && (
            <button
              type="button"
              className="button"
              onClick={() => setPageOf({ question, cursors: [...cursors, answer.value!.next_cursor!] })}
            >
              Next calls
            </button>
          )}
        </div>
      </>
    );
  };

  return (
    <div className="page">
      <div className="page__inner">
        <div className="page__head traces__head">
          <h1 className="page__title">Traces</h1>
          <select
            className="filter"
            aria-label="Tool"
            value={tool ?? ""}
            onChange={(event) => set({ tool: event.target.value || undefined })}
          >
            <option value="">Every tool</option>
            {tool !== undefined && !facets.value?.items.some(({ key }) => key === tool) && <option value={tool}>{tool}</option>}
            {facets.value?.items.map(({ key, count }) => (
              <option key={key} value={key}>
                {clip(key, 40)} {isPast ? "" : `(${formatCount(count)})`}
              </option>
            ))}
          </select>
          <select
            className="filter"
            aria-label="Outcome"
            value={outcome ?? ""}
            onChange={(event) => set({ outcome: event.target.value || undefined })}
          >
            <option value="">Every outcome</option>
            {traceOutcomes.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
          <select
            className="filter"
            aria-label="Least duration"
            value={min ?? ""}
            onChange={(event) => set({ min: Number(event.target.value) || undefined })}
          >
            <option value="">Any duration</option>
            {[...new Set([...latencies, ...(min === undefined ? [] : [min])])].map((one) => (
              <option key={one} value={one}>
                {formatDuration(one)} or more
              </option>
            ))}
          </select>
          {!isPast && (
            <button
              type="button"
              className="button"
              aria-pressed={order === "longest"}
              onClick={() => set({ order: order === undefined ? "longest" : undefined })}
            >
              Longest first
            </button>
          )}
          <input
            className="filter"
            type="search"
            maxLength={200}
            placeholder="Words in a call"
            aria-label="Words in a call"
            value={q ?? ""}
            onChange={(event) => set({ q: event.target.value || undefined })}
          />
        </div>
        <div className="traces__facts dim">
          {session !== undefined && (
            <button type="button" className="button" onClick={() => set({ session: undefined })} aria-label="Show every session">
              One session ×
            </button>
          )}
          {answer.value !== undefined && answer.value.lag > 0 && (
            <span title="The list is written behind the log">{whole(answer.value.lag)} events behind</span>
          )}
        </div>
        {body()}
      </div>
    </div>
  );
}

function matches(outcome: string | undefined, wanted: TracesSearch["outcome"]): boolean {
  if (wanted === undefined) return true;
  return wanted === "failed" ? ["error", "timeout", "invalid", "denied"].includes(outcome ?? "") : outcome === wanted;
}

function Skeleton() {
  return (
    <div aria-busy="true">
      <span className="unseen">Loading</span>
      {[70, 45, 60, 38].map((width) => (
        <div key={width} style={{ padding: "10px 0" }}>
          <Bone width={`${width}%`} height={14} />
        </div>
      ))}
    </div>
  );
}
