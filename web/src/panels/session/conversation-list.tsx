import { ArrowDown, ArrowUp } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { Virtuoso, type VirtuosoHandle } from "react-virtuoso";
import { type QueuedPrompt } from "../../../../src/projections/queue.ts";
import { type SessionView } from "../../../../src/projections/views.ts";
import type { AgentId } from "../../../../src/contract/ids.ts";
import { formatMoment } from "../../ui/format.ts";
import { Notice } from "../../ui/states.tsx";
import { agentOf, type Row } from "./row.ts";
import { Foot } from "./foot.tsx";
import { Line, type LineProps } from "./line.tsx";
import { Queued } from "./queued.tsx";
import { type TurnCost } from "./turn-columns.ts";
import { TurnTimeline } from "./turn-timeline.tsx";
import { usePins } from "./pins.ts";
import { useHold } from "./hold.ts";
import { useSeek, type Goal } from "./use-seek.ts";
import { useTurnInView } from "./use-turn-in-view.ts";
import { control } from "../../mirror/control.ts";

/** Virtuoso keeps its place while rows are put in front as long as this number goes down with them. */
const FIRST = 1_000_000;

/** The rows of a conversation, of which only those on screen are drawn. */
export function Conversation(props: {
  rows: readonly Row[];
  older: string;
  onOlder: (enough?: number) => void;
  target: string | undefined;
  /** The row or moment that the address names, anew for each wish to go there. */
  linked: Goal | undefined;
  pinned: string | undefined;
  followed: AgentId | undefined;
  opened: ReadonlySet<string>;
  money: LineProps["money"];
  onToggle: (key: string, isOpen: boolean) => void;
  nowMs: number;
  view: SessionView;
  queued: readonly QueuedPrompt[];
  isStalled: boolean;
  isPast: boolean;
  turns: readonly TurnCost[];
  turnsLeft: number;
}) {
  const {
    rows,
    older,
    onOlder,
    target,
    linked,
    pinned,
    followed,
    opened,
    money,
    onToggle,
    nowMs,
    view,
    queued,
    isStalled,
    isPast,
    turns,
    turnsLeft,
  } = props;
  const list = useRef<VirtuosoHandle>(null);
  const first = usePrepended(rows);
  const { ref, isAtEnd, hold } = useHold({ list, rows, startsAtEnd: linked === undefined });
  const last = followed === undefined ? -1 : rows.findLastIndex((row) => agentOf(row) === followed);
  const lastKey = rows[last]?.key;
  useEffect(() => {
    if (lastKey !== undefined) hold({ kind: "row", key: lastKey, align: "center" });
    // When the followed agent says or does another thing, not whenever rows arrive.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [lastKey, hold]);

  const box = useRef<HTMLDivElement>(null);
  const { seek, state: seeking, dismiss } = useSeek({ rows, older, onOlder, hold, linked });
  const kept = usePins(view.session_id);
  const pins = useMemo(() => new Set(kept.map(({ key }) => key)), [kept]);
  const inView = useTurnInView(box, rows, isAtEnd);
  if (rows.length === 0)
    return (
      <Notice title="Nothing has been said yet">
        <p className="notice__text">This session has begun, but no source has told a message or a call of it.</p>
      </Notice>
    );
  return (
    <>
      {turns.length > 0 ? (
        <TurnTimeline
          turns={turns}
          left={turnsLeft}
          current={inView.turn}
          nowMs={nowMs}
          onTurn={({ turn_id, started_at }) => {
            inView.goTo(turn_id);
            seek({ kind: "turn", id: turn_id, started_at });
          }}
        />
      ) : (
        <span />
      )}
      <div className="session__list" ref={box}>
        <Virtuoso
          ref={list}
          scrollerRef={ref}
          style={{ height: "100%" }}
          data={rows as Row[]}
          firstItemIndex={first}
          initialTopMostItemIndex={{ index: "LAST", align: "end" }}
          computeItemKey={(_, row) => row.key}
          startReached={() => older === "some" && onOlder()}
          increaseViewportBy={400}
          // Virtuoso calls it; it is no component.
          // oxlint-disable-next-line react/no-unstable-nested-components
          itemContent={(_, row) => (
            <div data-row={row.key} data-pinned={row.key === pinned || undefined}>
              <Line row={row} nowMs={nowMs} target={target} opened={opened} money={money} onToggle={onToggle} pins={pins} />
            </div>
          )}
          context={{ view, nowMs, isStalled, isPast, older, queued }}
          components={ends}
        />
        {!isAtEnd && (
          <div className="session__ends">
            <button {...control("session.start")} type="button" className="button" onClick={() => seek({ kind: "start" })}>
              <ArrowUp size={14} />
              Beginning
            </button>
            <button {...control("session.end")} type="button" className="button" onClick={() => hold({ kind: "end" })}>
              <ArrowDown size={14} />
              Latest
            </button>
          </div>
        )}
        {seeking !== undefined && (
          <output className="session__seeking">
            {seeking === "reading"
              ? "Reading back…"
              : isPast
                ? "It is not in this conversation at this moment."
                : "It is not in this conversation."}
            {seeking === "missing" && (
              <button {...control("session.dismiss")} type="button" className="linkish" onClick={dismiss}>
                Close
              </button>
            )}
          </output>
        )}
      </div>
    </>
  );
}

interface Ends {
  readonly view: SessionView;
  readonly nowMs: number;
  readonly isStalled: boolean;
  readonly isPast: boolean;
  readonly older: string;
  readonly queued: readonly QueuedPrompt[];
}
const ends = {
  Header: Beginning,
  Footer: ({ context: { view, isStalled, isPast, queued } }: { context: Ends }) => (
    <>
      <Queued prompts={queued} />
      <Foot view={view} isStalled={isStalled} isPast={isPast} />
    </>
  ),
};

function Beginning({ context: { view, nowMs, older } }: { context: Ends }) {
  return (
    <p className="line__note">
      {older === "none" ? `Begun ${formatMoment(Date.parse(view.facts.first_at ?? ""), nowMs)}` : "Reading earlier events…"}
    </p>
  );
}

/** The index of the first row: lower by as many rows as were put in front. */
function usePrepended(rows: readonly Row[]): number {
  const [known, setKnown] = useState({ first: FIRST, key: rows[0]?.key });
  if (rows[0]?.key === known.key) return known.first;
  const before = rows.findIndex((row) => row.key === known.key);
  const first = before > 0 ? known.first - before : known.first;
  setKnown({ first, key: rows[0]?.key });
  return first;
}
