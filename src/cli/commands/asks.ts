import type { AskRow } from "../../contract/operations/asks.ts";
import { systemClock } from "../../lib/clock.ts";
import { withDaemon, withExample, type CommandModule } from "../command.ts";
import { ago } from "../printable.ts";
import { resolveSession } from "../resolve-session.ts";
import { clientOf } from "../token-file.ts";

/** What agents wait for people for. */
export const asks: CommandModule = {
  configure(command) {
    command
      .option("--all", "also those that are over, with how they were decided")
      .option("--session <id>", "only of one session: its id, or the first characters of it")
      .option("--limit <n>", "at most so many", "50");
    withExample(withDaemon(command), "orrery asks", "orrery asks --all --session 9f2c");
  },

  async run({ out, env }, options) {
    const client = clientOf(options, env);
    const session_id = options["session"] === undefined ? undefined : await resolveSession(client, String(options["session"]));
    const page = await client.asks.list({
      state: options["all"] === true ? "all" : "open",
      limit: Number(options["limit"]),
      ...(session_id === undefined ? {} : { session_id }),
    });
    const now = systemClock.now();
    out.show<AskRow>({
      data: page,
      rows: page.items,
      ids: page.items.map(({ ask_id }) => ask_id),
      empty: "Nobody waits for you.",
      columns: [
        { name: "ASK", value: (row) => (row.is_held ? row.ask_id.slice(4, 12) : "") },
        { name: "SINCE", align: "right", value: (row) => ago(Date.parse(row.opened_at ?? row.decided_at ?? ""), now) },
        { name: "KIND", value: (row) => row.kind },
        { name: "OUTCOME", value: (row) => row.outcome ?? "waits" },
        { name: "SESSION", value: (row) => (row.session_id ?? "").slice(0, 12) },
        { name: "AGENT", value: (row) => row.agent ?? "" },
        { name: "TOOL", value: (row) => row.tool ?? "" },
        { name: "WHAT", value: (row) => row.prompt ?? "", isFlexible: true },
      ],
    });
  },
};
