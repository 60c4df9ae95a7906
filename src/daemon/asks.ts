import type { AskRow } from "../contract/operations/asks.ts";
import type { Handlers } from "../contract/operations/index.ts";
import type { AskBook } from "./ask-book.ts";
import { createAskCommands, type Deliver } from "./ask-commands.ts";
import { createAskRows, type AskRowsDeps } from "./ask-rows.ts";
import { pageOf } from "./cursor.ts";

export type AskHandlers = Pick<Handlers, "asks.list" | "asks.get" | "asks.create" | "asks.wait" | "asks.answer" | "asks.withdraw">;

/** Lists asks, opens and answers them. The lines about sessions say which have open ones. */
export function createAskHandlers(deps: Omit<AskRowsDeps, "book"> & { readonly book: AskBook; readonly deliver?: Deliver }): AskHandlers {
  const rows = createAskRows(deps);
  return {
    ...createAskCommands({ ...deps, rows }),
    "asks.list": async ({ state, session_id, agent_id, kind, limit, cursor }) => {
      const open = rows.open();
      const all = session_id !== undefined ? await rows.ofSession(session_id) : state === "open" ? open : await rows.everywhere();
      const wanted = all
        .filter(
          (ask) =>
            (state === "all" || ask.state === state) &&
            (agent_id === undefined || ask.agent_id === agent_id) &&
            (kind === undefined || ask.kind === kind),
        )
        .toSorted((a, b) => (timeOf(a) === timeOf(b) ? (a.ask_id < b.ask_id ? -1 : 1) : timeOf(a) < timeOf(b) ? 1 : -1));
      return { ...pageOf(wanted, { limit, cursor, key: (row) => [row.session_id ?? "", row.ask_id] }), open: open.length };
    },
  };
}

function timeOf(ask: AskRow): string {
  return ask.opened_at ?? ask.decided_at ?? "";
}
