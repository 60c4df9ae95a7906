import type { OutputFor } from "../../contract/operations/index.ts";
import { withDaemon, withExample, type CommandModule } from "../command.ts";
import { fileSize } from "../printable.ts";
import { clientOf } from "../token-file.ts";

type Row = OutputFor<"retention.apply">["items"][number];

const what: Readonly<Record<Row["kind"], string>> = {
  bodies: "texts over 16 KiB; previews stay (--keep-bodies)",
  texts: "words of sessions that ended; structure and figures stay (--keep-texts)",
  raw: "records that nobody understood; they stay counted (--keep-raw)",
};

/** Says what has outlived the settings, and with `--apply` lets go of it now. The daemon does so by itself once an hour. */
export const retention: CommandModule = {
  configure(command) {
    command.option("--apply", "let go of it now; without this nothing is changed");
    withExample(withDaemon(command), "orrery retention", "orrery retention --apply");
  },

  async run({ out, env }, options) {
    const client = clientOf(options, env);
    const isApplied = options["apply"] === true;
    const plan = await client.call("retention.apply", { dry_run: !isApplied });
    out.show<Row>({
      data: plan,
      rows: plan.items,
      columns: [
        { name: "KIND", value: (row) => row.kind },
        { name: "KEPT", value: (row) => (row.after_days === null ? "for ever" : `${row.after_days} d`) },
        { name: isApplied ? "LET GO" : "WOULD GO", align: "right", value: (row) => String(row.items) },
        { name: "SIZE", align: "right", value: (row) => (row.items === 0 ? "" : fileSize(row.bytes)) },
        { name: "WHAT", value: (row) => what[row.kind], isFlexible: true },
      ],
    });
  },
};
