import { withDaemon, withExample, type CommandModule } from "../command.ts";
import { fileSize } from "../printable.ts";
import { clientOf } from "../token-file.ts";

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
          : `${status.lag} events behind the log${status.detail === undefined ? "" : `: ${status.detail}`}.`,
        `${status.calls} calls and ${status.documents} things with words, of ${status.sessions} sessions, in ${fileSize(status.bytes)}.`,
      ],
    });
  },
};
