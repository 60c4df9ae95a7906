import { withDaemon, withExample, type CommandModule } from "../command.ts";
import { fileSize } from "../printable.ts";
import { clientOf } from "../token-file.ts";
import { counted } from "../counted.ts";

/** How what can be searched stands, and making it anew. */
export const catalog: CommandModule = {
  configure(command) {
    command.option("--rebuild", "throw it away and make it anew from the log");
    withExample(withDaemon(command), "orrery catalog", "orrery catalog --rebuild");
  },

  async run({ out, env }, options) {
    const client = clientOf(options, env);
    if (options["rebuild"] === true) await client.call("catalog.rebuild", {});
    const status = await client.call("catalog.get", {});
    out.show({
      data: status,
      lines: [
        status.state === "level"
          ? `Level with the log at event ${status.indexed_to}.`
          : `${counted(status.lag, "event")} behind the log${status.detail === undefined ? "" : `: ${status.detail}`}.`,
        `${counted(status.calls, "call")} and ${counted(status.documents, "text")} to search, of ${counted(status.sessions, "session")}, in ${fileSize(status.bytes)}.`,
      ],
    });
  },
};
