import type { TodoRow } from "../../contract/operations/work.ts";
import { withDaemon, withExample, type CommandModule } from "../command.ts";
import { badUsage } from "../failure.ts";
import { ago } from "../printable.ts";
import { resolveSession } from "../resolve-session.ts";
import { emptyWords, statusColumn, statusOption, momentOption } from "../work-options.ts";
import { clientOf } from "../token-file.ts";

const MAX_ROWS = 1_000;
const PAGE = 200;

/** What agents put on their own lists. */
export const todos: CommandModule = {
  configure(command) {
    command
      .option("--session <id>", "only one session: its id, or the first characters of it; all of its todos, closed ones too")
      .option("--agent <id>", "only one agent's")
      .option("--project <name>", "only one project's")
      .option("--status <status>", "pending, in_progress, blocked, completed, cancelled, open, closed or all")
      .option("--at <moment>", "as they stood at a seq or an RFC 3339 time")
      .option("--limit <n>", "how many", "100");
    withExample(withDaemon(command), "orrery todos", "orrery todos --session 9f2c --status all");
  },

  async run({ out, env }, options) {
    const limit = Number(options["limit"]);
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_ROWS) throw badUsage(`--limit must be a whole number from 1 to ${MAX_ROWS}`);
    const client = clientOf(options, env);
    const session_id = options["session"] === undefined ? undefined : await resolveSession(client, String(options["session"]));
    const query = {
      ...(session_id === undefined ? {} : { session_id }),
      ...(options["agent"] === undefined ? {} : { agent_id: String(options["agent"]) }),
      ...(options["project"] === undefined ? {} : { project: String(options["project"]) }),
      ...statusOption(options),
      ...momentOption(options),
    };
    const items: TodoRow[] = [];
    for (let cursor: string | undefined; items.length < limit;) {
      const page = await client.todos.list({
        ...query,
        limit: Math.min(PAGE, limit - items.length),
        ...(cursor === undefined ? {} : { cursor }),
      });
      items.push(...page.items);
      cursor = page.next_cursor;
      if (cursor === undefined) break;
    }
    const now = Date.now();
    const isAny = async (status: "all"): Promise<boolean> => (await client.todos.list({ status, limit: 1 })).items.length > 0;
    out.show({
      data: items,
      rows: items,
      ids: items.map((row) => `${row.session_id} ${row.todo_id}`),
      empty:
        items.length > 0
          ? ""
          : await emptyWords(
              "todos",
              isAny,
              'No todos. Agents that keep lists show theirs here; where yours has no such tool, use tickets: orrery tickets create "…"',
            ),
      columns: [
        statusColumn(out.paint),
        { name: "TODO", value: (row) => (row.status === "in_progress" ? (row.active_form ?? row.title) : row.title), isFlexible: true },
        { name: "BLOCKED BY", value: (row) => row.blocked_by.join(" ") },
        { name: "SINCE", value: (row) => `${ago(Date.parse(row.status_at), now)} ago`, align: "right" },
        { name: "AGENT", value: (row) => row.agent_id },
        { name: "SESSION", value: (row) => row.session_id },
      ],
    });
  },
};
