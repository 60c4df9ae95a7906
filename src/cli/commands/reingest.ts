import type { OutputFor } from "../../contract/operations/index.ts";
import { withDaemon, withExample, type CommandModule } from "../command.ts";
import { clientOf } from "../token-file.ts";

type Row = OutputFor<"ingest.replay">["items"][number];

/** Reads again, with the translators of this version, what none understood when it came, and spans that an older table of names was used for. */
export const reingest: CommandModule = {
  configure(command) {
    command.option("--format <name>", "only records of this format, such as codex/hook; otlp/aliases for spans of an older table of names");
    withExample(withDaemon(command), "orrery reingest --format codex/hook");
  },

  async run({ out, env }, options) {
    const client = clientOf(options, env);
    const format = options["format"] as string | undefined;
    const { items } = await client.call("ingest.replay", format === undefined ? {} : { format });
    const how = { records: "from the log", files: "from its files", nothing: "cannot: each leans on those before it" } as const;
    out.show<Row>({
      data: items,
      rows: items,
      ids: items.filter(({ stored }) => stored > 0).map((row) => row.format),
      empty: "Every record was understood when it came, and by the tables of today.",
      columns: [
        { name: "FORMAT", value: (row) => row.format },
        { name: "RECORDS", align: "right", value: (row) => String(row.records) },
        { name: "UNDERSTOOD", align: "right", value: (row) => String(row.understood) },
        { name: "NEW EVENTS", align: "right", value: (row) => String(row.stored) },
        { name: "READ AGAIN", value: (row) => how[row.how], isFlexible: true },
      ],
    });
  },
};
