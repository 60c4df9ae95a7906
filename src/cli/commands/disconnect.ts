import { applyDisconnect, decideDisconnect } from "../../ingest/index.ts";
import { withExample, type CommandModule } from "../command.ts";
import { homeOf } from "../find-daemon.ts";
import { agrees, checkAgent, settingsFile, showChange } from "../settings-prompt.ts";

/** Takes our hooks out of an agent's settings; the file is as it was before when nobody changed it since. */
export const disconnect: CommandModule = {
  configure(command) {
    command
      .argument("<agent>", "claude")
      .option("--settings <file>", "settings file to change; default: the user's own")
      .option("--home <folder>", "home folder of the daemon");
    command.option("--yes", "do not ask").option("--dry-run", "only show the change");
    withExample(command, "orrery disconnect claude");
  },

  async run(context, options, [agent]) {
    checkAgent(agent);
    const { out, env } = context;
    const home = homeOf(options, env);
    const change = decideDisconnect(settingsFile(options, env), home);
    const isChanged = change.after !== change.before;
    if (isChanged) showChange(context, change);
    if (options["dryRun"] === true) return void out.show({ data: { ...change, changed: false }, lines: [] });
    if (isChanged && !(await agrees(context, options))) return void out.say("Nothing was changed.");
    applyDisconnect(change, home);
    out.show({
      data: { settings: change.path, changed: isChanged },
      lines: [isChanged ? "Claude Code is disconnected." : "Claude Code was not connected."],
    });
  },
};
