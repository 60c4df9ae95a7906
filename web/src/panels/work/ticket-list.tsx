import { formatMoment, UNKNOWN } from "../../ui/format.ts";
import { Money } from "../../ui/money.tsx";
import { WorkShape, workWord } from "../../ui/work-status.tsx";
import type { RowsProps } from "./board.tsx";
import { control } from "../../mirror/control.ts";

/** The same tickets as a table. */
export function TicketList({ rows, nowMs, selected, onOpen }: RowsProps) {
  return (
    <div className="table-box">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Ticket</th>
            <th scope="col">Status</th>
            <th scope="col">Priority</th>
            <th scope="col">Assignee</th>
            <th scope="col">Project</th>
            <th scope="col" data-num>
              Sessions
            </th>
            <th scope="col" data-num>
              Cost
            </th>
            <th scope="col" data-num>
              Changed
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.ticket_id} aria-selected={row.ticket_id === selected}>
              <td>
                <button
                  {...control("work.ticket", row.ticket_id)}
                  type="button"
                  className="linkish"
                  data-testid={`ticket-${row.ticket_id}`}
                  onClick={() => onOpen(row.ticket_id)}
                >
                  {row.title}
                </button>
              </td>
              <td>
                <span className="shaped">
                  <WorkShape status={row.is_blocked ? "blocked" : row.status} isBesideWord />{" "}
                  {workWord(row.is_blocked ? "blocked" : row.status)}
                </span>
              </td>
              <td>{row.priority ?? ""}</td>
              <td>{row.assignee ?? ""}</td>
              <td>{row.project ?? ""}</td>
              <td className="num">{row.links.length}</td>
              <td className="num">
                {row.links.length === 0 ? <span title="No session is linked">{UNKNOWN}</span> : <Money cost={row.cost} />}
              </td>
              <td className="num" title={row.updated_at}>
                {formatMoment(Date.parse(row.updated_at), nowMs)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
