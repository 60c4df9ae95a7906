import type { CallRow } from "../../contract/operations/catalog.ts";
import { systemClock } from "../../lib/clock.ts";
import { withDaemon, withExample, type CommandModule } from "../command.ts";
import { ago } from "../printable.ts";
import { clientOf } from "../token-file.ts";

/** Tool calls of every session. */
export const calls: CommandModule = {
  configure(command) {
    command
      .option("--session <id>", "only of this session")
      .option("--agent <id>", "only of this agent")
      .option("--run <id>", "only of this run")
      .option("--tool <name>", "only of this tool")
      .option("--outcome <outcome>", "ok, error, timeout, invalid, denied, interrupted, running, or failed for all that went wrong")
      .option("--min-ms <n>", "only those that took so long")
      .option("--text <words>", "only with these words in title, input, output or error")
      .option("--since <time>", "not before")
      .option("--until <time>", "not after")
      .option("--order <order>", "newest, oldest or longest", "newest")
      .option("--limit <n>", "at most so many", "30");
    withExample(withDaemon(command), "orrery calls --outcome failed --order longest");
  },

  async run({ out, env }, options) {
    const client = clientOf(options, env);
    const names = {
      session: "session_id",
      agent: "agent_id",
      run: "run_id",
      tool: "tool",
      outcome: "outcome",
      minMs: "min_ms",
      text: "text",
      since: "since",
      until: "until",
    };
    const filter = Object.fromEntries(
      Object.entries(names).flatMap(([option, field]) => (options[option] === undefined ? [] : [[field, options[option]]])),
    );
    const page = await client.call("calls.list", { ...filter, order: options["order"] as "newest", limit: Number(options["limit"]) });
    const now = systemClock.now();
    out.show<CallRow>({
      data: page,
      rows: page.items,
      ids: page.items.map(({ call_id }) => call_id),
      empty: "No call is like that.",
      columns: [
        { name: "AGO", align: "right", value: (row) => ago(Date.parse(row.started_at ?? row.ended_at ?? ""), now) },
        { name: "SESSION", value: (row) => row.session_id.slice(0, 12) },
        { name: "OUTCOME", value: (row) => row.outcome ?? row.state },
        { name: "MS", align: "right", value: (row) => (row.duration_ms === undefined ? "?" : String(Math.round(row.duration_ms))) },
        { name: "TOOL", value: (row) => row.name ?? "?" },
        { name: "WHAT", value: (row) => row.title ?? "", isFlexible: true },
      ],
    });
    if (page.lag > 0) out.hint(`The newest ${page.lag} events are not in this list yet.`);
  },
};
