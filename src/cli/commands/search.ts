import type { OutputFor } from "../../contract/operations/index.ts";
import { systemClock } from "../../lib/clock.ts";
import { withDaemon, withExample, type CommandModule } from "../command.ts";
import { badUsage } from "../failure.ts";
import { ago } from "../printable.ts";
import { clientOf } from "../token-file.ts";

type Row = OutputFor<"search.query">["items"][number];

/** Finds words in messages, calls, errors, files, sessions and operations. */
export const search: CommandModule = {
  configure(command) {
    command
      .argument("<words...>", 'all of them are wanted; "a phrase", -without, begin*')
      .option("--kind <kinds>", "message, call, error, file, session, operation; several with commas")
      .option("--session <id or title>", "only in this session")
      .option("--agent <id or name>", "only of this agent, or of all of this name or type")
      .option("--project <name>", "only in this project")
      .option("--tool <name>", "only calls of this tool")
      .option("--outcome <outcome>", "only calls that ended so: ok, error, timeout, denied, interrupted, failed …")
      .option("--since <time>", "not before, such as 2026-11-20T00:00:00Z")
      .option("--until <time>", "not after")
      .option("--limit <n>", "at most so many", "20");
    withExample(withDaemon(command), "orrery search parser error --kind call,error");
  },

  async run({ out, env }, options, words) {
    const q = words.join(" ");
    if (q.trim() === "") throw badUsage("name the words to look for: orrery search parser error");
    const client = clientOf(options, env);
    const given = (name: string, field = name) => (options[name] === undefined ? {} : { [field]: options[name] });
    const found = await client.call("search.query", {
      q,
      limit: Number(options["limit"]),
      ...(options["kind"] === undefined ? {} : { kinds: String(options["kind"]).split(",") }),
      ...given("session", "session_id"),
      ...given("agent", "agent_id"),
      ...given("project"),
      ...given("tool"),
      ...given("outcome"),
      ...given("since"),
      ...given("until"),
    });
    const now = systemClock.now();
    out.show<Row>({
      data: found,
      rows: found.items,
      ids: found.items.map(({ id }) => id),
      empty: "Nothing was found.",
      columns: [
        { name: "KIND", value: (row) => row.kind },
        { name: "AGO", align: "right", value: (row) => (row.kind === "operation" ? "" : ago(Date.parse(row.at), now)) },
        { name: "SESSION", value: (row) => (row.kind === "operation" ? "" : row.session_id.slice(0, 12)) },
        { name: "WHAT", value: (row) => row.title.slice(0, 40) },
        { name: "WHERE", value: (row) => row.snippet, isFlexible: true },
      ],
    });
    const meant = Map.groupBy(found.did_you_mean ?? [], ({ field }) => field.replace(/_id$/, ""));
    for (const [field, near] of meant)
      out.hint(
        `No ${field} is called ${String(options[field])}. Did you mean ${near.map(({ name }) => JSON.stringify(name)).join(" or ")}?`,
      );
    if (found.lag > 0) out.hint(`The newest ${found.lag} events are not searched yet.`);
  },
};
