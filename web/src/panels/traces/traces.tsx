import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import type { TracesSearch } from "../../app/search.ts";
import { useSelected } from "../../app/app-context.ts";
import { shownOf, type Snapshot } from "../../app/store.ts";
import { usePast } from "../../app/use-past.ts";
import { useKeys } from "../../app/use-keys.ts";
import "../../ui/page.css";
import "../live/live.css";
import { CallPanel } from "./call-panel.tsx";
import { CallTable } from "./call-table.tsx";
import { FilterBar } from "./filter-bar.tsx";
import { RequestTable } from "./request-table.tsx";
import { isSessionId } from "./named-filters.tsx";
import { GroupTable } from "./group-table.tsx";
import { parseOpen } from "./open.ts";
import { SpanPanel } from "./span-panel.tsx";
import "./traces.css";
import { useNewCalls } from "./use-new-calls.ts";
import { Waterfall } from "./waterfall.tsx";

const clock = (snapshot: Snapshot): number => shownOf(snapshot).nowMs;

export type Go = (patch: { readonly [K in keyof TracesSearch]?: TracesSearch[K] | undefined }, replace?: boolean) => void;

/** Calls or model requests of every session as a table, or one session as a waterfall, with what is open beside it. */
export function Traces() {
  const search = useSearch({ from: "/traces" });
  const navigate = useNavigate({ from: "/traces" });
  const past = usePast();
  const atMs = past === undefined ? 0 : Date.parse(past);
  const nowMs = useSelected(clock);
  const [version, setVersion] = useState(0);
  const go: Go = useCallback(
    (patch, replace = true) => void navigate({ search: (old) => ({ ...old, ...patch }) as TracesSearch, replace }),
    [navigate],
  );
  const open = parseOpen(search.open);
  useKeys(open === undefined ? {} : { Escape: () => go({ open: undefined }) });
  const isRequests = search.kind === "requests";
  // Lines of a waterfall do not tell their run, and it has requests and calls of every turn.
  const isTable = isRequests || search.table !== undefined || search.run !== undefined || search.turn !== undefined;
  const isWaterfall = isSessionId(search.session) && !isTable;
  const { count: newCalls, onRefresh, onListed } = useNewCalls(search);
  const refresh = () => {
    setVersion((old) => old + 1);
    onRefresh();
  };
  const until = atMs === 0 ? search.until : earlierOf(search.until, new Date(atMs).toISOString());
  const isGrouped = !isWaterfall && !isRequests && search.by !== undefined;
  return (
    <div className="traces" data-testid="traces">
      <div className="traces__main">
        <FilterBar
          search={search}
          until={until}
          go={go}
          isWaterfall={isWaterfall}
          newCalls={atMs === 0 ? newCalls : 0}
          onRefresh={refresh}
        />
        {isWaterfall ? (
          <Waterfall
            key={search.session}
            sessionId={search.session!}
            search={search}
            nowMs={nowMs}
            isPast={atMs !== 0}
            version={version}
            go={go}
          />
        ) : isRequests ? (
          <RequestTable search={search} until={until} nowMs={nowMs} isPast={atMs !== 0} version={version} onListed={onListed} go={go} />
        ) : isGrouped ? (
          <GroupTable search={search} until={until} version={version} go={go} />
        ) : (
          <CallTable search={search} until={until} atMs={atMs} nowMs={nowMs} version={version} onListed={onListed} go={go} />
        )}
      </div>
      {open?.kind === "call" && <CallPanel key={search.open} sessionId={open.session} callId={open.id} nowMs={nowMs} go={go} />}
      {open !== undefined && open.kind !== "call" && <SpanPanel key={search.open} open={open} nowMs={nowMs} go={go} />}
    </div>
  );
}

function earlierOf(a: string | undefined, b: string): string {
  return a !== undefined && a < b ? a : b;
}
