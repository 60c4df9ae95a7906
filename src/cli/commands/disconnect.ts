import { applyDisconnect, decideDisconnect } from "../../ingest/index.ts";
import { withExample, type CommandModule } from "../command.ts";
import { connectable, connectableNamed, settingsOf } from "../connectable.ts";
import { homeOf } from "../find-daemon.ts";
import { changeSettings } from "../settings-prompt.ts";

/** Takes our hooks out of an agent's settings; the file is as it was before when nobody changed it since. */
export const disconnect: CommandModule = {
  configure(command) {
    command
      .argument("<agent>", Object.keys(connectable).join(", "))
      .option("--settings <file>", "settings file to change; default: the user's own")
      .option("--home <folder>", "home folder of the daemon");
    command.option("--yes", "do not ask").option("--dry-run", "only show the change");
    withExample(command, "orrery disconnect claude");
  },

  async run(context, options, [name]) {
    const agent = connectableNamed(name);
    const { out, env } = context;
    const home = homeOf(options, env);
    // Telemetry is taken out too, whether it was asked for or not.
    const changes = agent.files(settingsOf(agent, options, env), "on").map(({ path, plan }) => decideDisconnect(path, home, plan));
    const isChanged = await changeSettings(context, options, changes, () => {
      for (const change of changes) applyDisconnect(change, home);
    });
    if (isChanged === undefined) return;
    out.show({
      data: { settings: changes[0]!.path, changed: isChanged },
      lines: [isChanged ? `${agent.title} is disconnected.` : `${agent.title} was not connected.`],
    });
  },
};
