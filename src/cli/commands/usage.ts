import type { OutputFor } from "../../contract/operations/index.ts";
import type { Cost } from "../../contract/operations/money.ts";
import { usageCsv } from "../../money/usage-csv.ts";
import type { Buckets } from "../../projections/usage.ts";
import { withDaemon, withExample, type CommandModule } from "../command.ts";
import { badUsage } from "../failure.ts";
import type { Column } from "../output.ts";
import { money } from "../money.ts";
import { compactNumber } from "../printable.ts";
import { clientOf } from "../token-file.ts";

type Row = OutputFor<"usage.get">["items"][number];

const groups = ["model", "session", "agent", "project", "day", "app", "ticket", "tool"] as const;

/** What was spent: money and token buckets, summed. */
export const usage: CommandModule = {
  configure(command) {
    command
      .option("--by <what>", `sum by ${groups.join(", ")}`, "model")
      .option("--session <id>", "only one session")
      .option("--project <name>", "only one project")
      .option("--since <day>", "from this day on (UTC), such as 2026-11-01")
      .option("--until <day>", "up to and with this day (UTC)")
      .option("--csv", "print comma-separated values, money in millionths of a US dollar");
    withExample(withDaemon(command), "orrery usage --by project --since 2026-11-01");
  },

  async run({ out, env }, options) {
    const by = groups.find((group) => group === options["by"]);
    if (by === undefined) throw badUsage(`--by must be one of ${groups.join(", ")}`);
    const client = clientOf(options, env);
    const text = (name: string, field: string) => (options[name] === undefined ? {} : { [field]: String(options[name]) });
    const answer = await client.usage.get({
      group_by: by,
      ...text("session", "session_id"),
      ...text("project", "project"),
      ...text("since", "since"),
      ...text("until", "until"),
    });
    const { items, total } = answer;
    if (options["csv"] === true) return out.show({ data: answer, lines: usageCsv(items, by) });
    const column = (name: string, bucket: keyof Buckets): Column<Row> => ({
      name,
      align: "right",
      value: (row) => compactNumber(row.tokens[bucket]),
    });
    out.show({
      data: answer,
      rows: items.length > 1 && total !== undefined ? [...items, total] : items,
      ids: items.map((row) => row.key),
      empty: "No tokens were reported yet.",
      columns: [
        { name: by.toUpperCase(), value: (row) => (row.label === undefined ? row.key : `${row.label} (${row.key})`), isFlexible: true },
        { name: "REQUESTS", align: "right", value: (row) => String(row.requests) },
        column("INPUT", "input"),
        column("CACHE READ", "cache_read"),
        column("WRITE 5M", "cache_write_5m"),
        column("WRITE 1H", "cache_write_1h"),
        column("OUTPUT", "output"),
        {
          name: "CACHE HIT",
          align: "right",
          value: ({ cache }) => (cache.hit_rate === undefined ? "-" : `${Math.floor(cache.hit_rate * 100)} %`),
        },
        { name: "COST", align: "right", value: ({ cost }) => money(cost) },
        { name: "FROM", value: ({ cost }) => fromWhere(cost) },
      ],
    });
    if (by === "tool")
      out.hint(
        "By tool is an estimate: each answer is divided by the calls that it asked for; prompts are (context). Requests may be in several rows.",
      );
    const unknown = total?.cost.unknown_requests ?? 0;
    if (unknown > 0 && total?.cost.source !== "reported")
      out.hint(
        `${unknown} of ${total?.requests} requests have no known cost${modelsOf(total?.cost)}: the sums are what is known at least.`,
      );
  },
};

function fromWhere({ source, difference_usd_micros }: Cost): string {
  if (source === "unknown") return "";
  if (difference_usd_micros === undefined || difference_usd_micros === 0) return source;
  const sign = difference_usd_micros > 0 ? "+" : "-";
  return `${source}, ${sign}$${(Math.abs(difference_usd_micros) / 1e6).toFixed(6)} to computed`;
}

function modelsOf(cost: Cost | undefined): string {
  return cost?.unknown_models === undefined ? "" : ` (no price of ${cost.unknown_models.join(", ")})`;
}
