import type { TicketRow } from "../../../../src/contract/operations/work.ts";
import { whole } from "../../ui/format.ts";
import { WorkShape, workWord } from "../../ui/work-status.tsx";
import { Card } from "./card.tsx";

const columns = ["pending", "in_progress", "blocked", "closed"] as const;
/** Of what is closed, so many of the latest. */
const CLOSED_SHOWN = 20;

export interface RowsProps {
  readonly rows: readonly TicketRow[];
  readonly nowMs: number;
  readonly selected: string | undefined;
  onOpen(ticketId: string): void;
}

/** Tickets by where they stand, the most urgent first in each column. */
export function Board({ rows, nowMs, selected, onOpen }: RowsProps) {
  const byColumn = Map.groupBy(rows, columnOf);
  return (
    <div className="board">
      {columns.map((column) => {
        const own = byColumn.get(column) ?? [];
        const shown = column === "closed" ? own.toSorted((a, b) => (a.status_at < b.status_at ? 1 : -1)).slice(0, CLOSED_SHOWN) : own;
        return (
          <section key={column} className="board__column" aria-label={column === "closed" ? "closed" : workWord(column)}>
            <h2 className="board__head">
              <WorkShape status={column === "closed" ? "completed" : column} isBesideWord />
              {column === "closed" ? "closed" : workWord(column)} <span className="num">{whole(own.length)}</span>
            </h2>
            <ul>
              {shown.map((row) => (
                <li key={row.ticket_id}>
                  <Card row={row} nowMs={nowMs} isSelected={row.ticket_id === selected} onOpen={onOpen} />
                </li>
              ))}
            </ul>
            {own.length > shown.length && <p className="dim">{whole(own.length - shown.length)} earlier ones are in the list.</p>}
          </section>
        );
      })}
    </div>
  );
}

/** A ticket that waits for another stands with the blocked ones, whatever it says itself. */
function columnOf({ status, is_blocked }: TicketRow): (typeof columns)[number] {
  if (status === "completed" || status === "cancelled") return "closed";
  return is_blocked ? "blocked" : status;
}
