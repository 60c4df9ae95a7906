import { ChevronDown, ChevronLeft, ChevronRight, Table2 } from "lucide-react";
import { useLayoutEffect, useMemo, useRef, useState, type RefObject } from "react";
import { useKeys } from "../../app/use-keys.ts";
import { clip, whole } from "../../ui/format.ts";
import { safeText } from "../../ui/safe-text.ts";
import { columnsOf, figuresOf, nameOf, tokenParts, turnsPerColumn, type Column, type TurnCost } from "./turn-columns.ts";
import { STEP, TurnStrip } from "./turn-strip.tsx";
import { TurnTable } from "./turn-table.tsx";
import "./turn-timeline.css";
import { control } from "../../mirror/control.ts";

const CARD_WIDTH = 320;
const KEPT = "orrery.turns";

/** Above a conversation: what every turn took and how it went, the turn in view, and the way to each. */
export function TurnTimeline({
  turns,
  left,
  current,
  nowMs,
  onTurn,
}: {
  turns: readonly TurnCost[];
  /** Turns of helpers, which have no column of their own. */
  left: number;
  /** The turn in view. */
  current: string | undefined;
  nowMs: number;
  onTurn: (turn: TurnCost) => void;
}) {
  // One turn has nothing to be compared with: until somebody asks for its column, the conversation has the room.
  const [isOpen, setOpen] = useState(() => (localStorage.getItem(KEPT) ?? (turns.length > 1 ? "open" : "closed")) === "open");
  const [isTable, setTable] = useState(false);
  const [isWhole, setWhole] = useState(false);
  const [pointed, setPointed] = useState<{ index: number; left: number }>();
  const body = useRef<HTMLDivElement>(null);
  const width = useWidth(body, isOpen);
  const room = Math.max(1, Math.floor(width / STEP));
  const overflows = turns.length > room;
  const per = isWhole && overflows ? turnsPerColumn(turns.length, room) : 1;
  const columns = useMemo(() => columnsOf(turns, per), [turns, per]);
  const at = turns.findIndex(({ turn_id }) => turn_id === current);
  const step = (by: number) => {
    const next = turns[Math.min(turns.length - 1, Math.max(0, at + by))];
    if (next !== undefined) onTurn(next);
  };
  useKeys({ j: () => step(1), k: () => step(-1) });
  const toggle = () => {
    localStorage.setItem(KEPT, isOpen ? "closed" : "open");
    setOpen(!isOpen);
  };
  const card = pointed === undefined ? undefined : columns[pointed.index];
  return (
    <section className="turns" aria-label="Turn timeline" data-testid="turns">
      <div className="turns__head">
        <button {...control("session.turns")} type="button" className="turns__toggle" aria-expanded={isOpen} onClick={toggle}>
          <ChevronDown size={13} className="turns__arrow" aria-hidden />
          <span data-testid="turn-in-view">
            {at < 0 ? `${whole(turns.length)} ${turns.length === 1 ? "turn" : "turns"}` : `Turn ${whole(at + 1)} of ${whole(turns.length)}`}
          </span>
        </button>
        <button
          {...control("session.previous_turn")}
          type="button"
          className="button button--icon"
          title="Previous turn (k)"
          aria-label="Previous turn"
          disabled={at <= 0}
          onClick={() => step(-1)}
        >
          <ChevronLeft size={14} />
        </button>
        <button
          {...control("session.next_turn")}
          type="button"
          className="button button--icon"
          title="Next turn (j)"
          aria-label="Next turn"
          disabled={at >= turns.length - 1}
          onClick={() => step(1)}
        >
          <ChevronRight size={14} />
        </button>
        {isOpen && (
          <div className="turns__legend" aria-hidden>
            {tokenParts.map(({ word, colour }) => (
              <span key={word}>
                <i style={{ background: colour }} />
                {word}
              </span>
            ))}
          </div>
        )}
        <span className="turns__words">
          {per > 1 && `A column is ${whole(per)} turns. `}
          {left > 0 && `${whole(left)} ${left === 1 ? "turn" : "turns"} of helpers not shown.`}
        </span>
        {isOpen && overflows && (
          <button {...control("session.whole")} type="button" className="button" aria-pressed={isWhole} onClick={() => setWhole(!isWhole)}>
            {isWhole ? "One by one" : "Fit all"}
          </button>
        )}
        <button
          {...control("session.turns_table")}
          type="button"
          className="button button--icon"
          title="The same as a table"
          aria-label="Turns as a table"
          aria-pressed={isTable}
          onClick={() => setTable(!isTable)}
        >
          <Table2 size={14} />
        </button>
      </div>
      {isOpen && (
        <div className="turns__body">
          <div className="turns__lanes" aria-hidden>
            <span>tokens</span>
            <span>cost</span>
            <span>cache</span>
            <span>context</span>
          </div>
          <div ref={body} className="turns__room">
            <TurnStrip
              columns={columns}
              count={turns.length}
              current={at < 0 ? -1 : Math.floor(at / per)}
              nowMs={nowMs}
              onPick={(index) => onTurn(columns[index]!.turns[0]!)}
              onPoint={setPointed}
            />
            {card !== undefined && (
              <Card
                column={card}
                count={turns.length}
                nowMs={nowMs}
                left={Math.min(Math.max(0, pointed!.left - CARD_WIDTH / 2), Math.max(0, width - CARD_WIDTH))}
              />
            )}
          </div>
        </div>
      )}
      {isTable && <TurnTable turns={turns} current={at} nowMs={nowMs} onTurn={onTurn} />}
    </section>
  );
}

function Card({ column, count, nowMs, left }: { column: Column; count: number; nowMs: number; left: number }) {
  const prompt = column.turns.length === 1 ? column.turns[0]!.prompt : undefined;
  return (
    <div className="turns__card" style={{ left, width: `min(${CARD_WIDTH}px, 100%)` }} data-testid="turn-card" aria-hidden>
      <b>{nameOf(column, count)}</b>
      {prompt !== undefined && prompt !== "" && <p className="turns__prompt">{safeText(clip(prompt, 160))}</p>}
      <dl>
        {figuresOf(column, nowMs).map(({ what, value, note }) => (
          <div key={what + value}>
            <dt>{what}</dt>
            <dd>
              <span className="num">{value}</span>
              {note !== undefined && <small>{note}</small>}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function useWidth(box: RefObject<HTMLElement | null>, isOpen: boolean): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null || !isOpen) return undefined;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, [box, isOpen]);
  return width;
}
