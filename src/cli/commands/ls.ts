import type { SessionView } from "../../projections/views.ts";
import { withDaemon, withExample, type CommandModule } from "../command.ts";
import { badUsage } from "../failure.ts";
import type { Column, Output } from "../output.ts";
import { ago, compactNumber } from "../printable.ts";
import { clientOf } from "../token-file.ts";

/** A session as the API lists it: its view with its facts beside. */
export type SessionRow = Omit<SessionView, "facts"> & Partial<SessionView["facts"]>;

const MAX_PAGE = 200;

/** The sessions, the most recently active first. */
export const ls: CommandModule = {
  configure(command) {
    command.option("--status <status>", "only working, waiting, idle or ended ones").option("--limit <n>", "how many", "20");
    withExample(withDaemon(command), "orrery ls --status working");
  },

  async run({ out, env }, options) {
    const limit = Number(options["limit"]);
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) throw badUsage(`--limit must be a whole number from 1 to ${MAX_PAGE}`);
    const client = clientOf(options, env);
    const status = options["status"] as "working" | undefined;
    const { items } = await client.sessions.list({ limit, ...(status === undefined ? {} : { status }) });
    const rows = items as unknown as SessionRow[];
    const now = Date.now();
    out.show({
      data: items,
      rows,
      columns: columns(now, out.paint),
      ids: rows.map((row) => row.session_id),
      empty: status === undefined ? "No sessions yet. Try: orrery demo --speed 0.1" : `No session is ${status}. All of them: orrery ls`,
    });
  },
};

function columns(now: number, paint: Output["paint"]): readonly Column<SessionRow>[] {
  const colour = { working: paint.green, waiting: paint.yellow, idle: paint.cyan, ended: paint.dim };
  return [
    { name: "SESSION", value: (row) => row.session_id },
    { name: "STATUS", value: (row) => row.status, paint: (text, row) => colour[row.status](text) },
    { name: "PROJECT", value: (row) => row.project ?? "" },
    { name: "TITLE", value: (row) => row.title, isFlexible: true },
    { name: "AGENTS", value: (row) => String(row.agents), align: "right" },
    { name: "CALLS", value: (row) => String(row.calls_total), align: "right" },
    {
      name: "TOKENS",
      value: (row) =>
        compactNumber(row.tokens.input + row.tokens.cache_read + row.tokens.cache_write_5m + row.tokens.cache_write_1h + row.tokens.output),
      align: "right",
    },
    { name: "LAST", value: (row) => (row.last_at === undefined ? "" : `${ago(Date.parse(row.last_at), now)} ago`), align: "right" },
  ];
}
