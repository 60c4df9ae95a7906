import { createClient } from "../../client/index.ts";
import type { Buckets } from "../../projections/usage.ts";
import { withDaemon, withExample, type CommandModule } from "../command.ts";
import { badUsage } from "../failure.ts";
import { daemonUrl } from "../find-daemon.ts";
import type { Column } from "../output.ts";
import { compactNumber } from "../printable.ts";

interface Row {
  readonly key: string;
  readonly requests: number;
  readonly tokens: Buckets;
}

const groups = ["model", "session", "agent"] as const;

/** Token buckets, summed. */
export const usage: CommandModule = {
  configure(command) {
    command.option("--by <what>", `sum by ${groups.join(", ")}`, "model").option("--session <id>", "only one session");
    withExample(withDaemon(command), "orrery usage --by session");
  },

  async run({ out, env }, options) {
    const by = groups.find((group) => group === options["by"]);
    if (by === undefined) throw badUsage(`--by must be one of ${groups.join(", ")}`);
    const client = createClient({ url: daemonUrl(options, env) });
    const session = options["session"] as string | undefined;
    const { items } = await client.usage.get({ group_by: by, ...(session === undefined ? {} : { session_id: session }) });
    const rows = items as unknown as Row[];
    const column = (name: string, bucket: keyof Buckets): Column<Row> => ({
      name,
      align: "right",
      value: (row) => compactNumber(row.tokens[bucket]),
    });
    out.show({
      data: items,
      rows,
      ids: rows.map((row) => row.key),
      empty: "No tokens were reported yet.",
      columns: [
        { name: by.toUpperCase(), value: (row) => row.key, isFlexible: true },
        { name: "REQUESTS", align: "right", value: (row) => String(row.requests) },
        column("INPUT", "input"),
        column("CACHE READ", "cache_read"),
        column("WRITE 5M", "cache_write_5m"),
        column("WRITE 1H", "cache_write_1h"),
        column("OUTPUT", "output"),
      ],
    });
  },
};
