import type { TicketRow } from "../../../../src/contract/operations/work.ts";
import { formatAge } from "../../ui/format.ts";
import { costText, costTitle } from "../../ui/money-text.ts";
import { control } from "../../mirror/control.ts";

/** A ticket on the board. */
export function Card({
  row,
  nowMs,
  isSelected,
  onOpen,
}: {
  row: TicketRow;
  nowMs: number;
  isSelected: boolean;
  onOpen: (ticketId: string) => void;
}) {
  const { ticket_id, title, status, priority, assignee, project, tags, links, open_blockers, status_at, cost } = row;
  const sessions = new Set(links.map(({ session_id }) => session_id)).size;
  return (
    <button
      {...control("work.ticket", ticket_id)}
      type="button"
      className="card"
      aria-pressed={isSelected}
      data-status={status}
      data-testid={`ticket-${ticket_id}`}
      onClick={() => onOpen(ticket_id)}
    >
      <span className="card__title">{title}</span>
      {open_blockers.length > 0 && <span className="card__waits">waits for {open_blockers.join(", ")}</span>}
      <span className="card__facts">
        {priority !== undefined && <span data-priority={priority}>{priority}</span>}
        {[project, assignee, ...tags].filter(Boolean).map((word) => (
          <span key={word}>{word}</span>
        ))}
      </span>
      <span className="card__foot">
        <span className="num" title={`Since ${status_at}`}>
          {formatAge(nowMs - Date.parse(status_at))}
        </span>
        {sessions > 0 && (
          <span>
            {sessions} {sessions === 1 ? "session" : "sessions"}
          </span>
        )}
        {sessions > 0 && (
          <span className="num" title={costTitle(cost)}>
            {costText(cost)}
          </span>
        )}
      </span>
    </button>
  );
}
