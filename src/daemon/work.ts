import type { Handlers } from "../contract/operations/index.ts";
import type { PricesAt } from "../money/cost.ts";
import type { History } from "./history.ts";
import type { Projector } from "./projector.ts";
import type { TicketBook } from "./work-book.ts";
import { createTicketHandlers } from "./work-tickets.ts";
import { createTodoHandlers } from "./work-todos.ts";

export type WorkHandlers = Pick<Handlers, Extract<keyof Handlers, `todos.${string}` | `tickets.${string}`>>;

/** What the daemon answers about work: todos as agents keep them, and tickets of its own. */
export function createWorkHandlers(deps: {
  readonly book: TicketBook;
  readonly projector: Projector;
  readonly history: History;
  readonly head: () => number;
  readonly pricesAt: PricesAt;
}): WorkHandlers {
  return { ...createTodoHandlers(deps), ...createTicketHandlers(deps) };
}
