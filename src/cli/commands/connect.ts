import { join } from "node:path";
import { applyConnect, decideConnect, hookTargets, installSender, senderPath } from "../../ingest/index.ts";
import { proveConnection } from "../canary.ts";
import { withDaemon, withExample, type CommandModule } from "../command.ts";
import { answers, daemonUrl, homeOf } from "../find-daemon.ts";
import { agrees, checkAgent, settingsFile, showChange } from "../settings-prompt.ts";

/** Adds hooks to an agent's settings, shows them first, and proves that they arrive. */
export const connect: CommandModule = {
  configure(command) {
    command.argument("<agent>", "claude").option("--settings <file>", "settings file to change; default: the user's own");
    command.option("--yes", "do not ask").option("--dry-run", "only show the change");
    withExample(withDaemon(command), "orrery connect claude", "orrery connect claude --settings .claude/settings.local.json --yes");
  },

  async run(context, options, [agent]) {
    checkAgent(agent);
    const { out, env } = context;
    const home = homeOf(options, env);
    const url = daemonUrl(options, env);
    const change = decideConnect(settingsFile(options, env), hookTargets(home, url));
    const isChanged = change.after !== change.before;
    if (isChanged) showChange(context, change);
    if (options["dryRun"] === true) return void out.show({ data: { ...change, changed: false }, lines: [] });
    if (isChanged && !(await agrees(context, options))) return void out.say("Nothing was changed.");
    installSender(home);
    applyConnect(change, home);

    const isRunning = await answers(url);
    if (isRunning) await proveConnection({ url, senderPath: senderPath(home), spool: join(home, "spool") });
    const settings = options["settings"] === undefined ? "" : ` --settings ${change.path}`;
    out.show({
      data: { settings: change.path, url, changed: isChanged, proven: isRunning },
      lines: [
        isChanged ? `Claude Code sends what happens to ${url}.` : `Claude Code was connected to ${url} already.`,
        isRunning
          ? "A test record arrived on both ways: HTTP hooks and the command hook."
          : "Not tried yet: no Orrery runs there. Start one with: orrery serve",
        "Sessions that run now take it up when they are started again.",
        `Undo: orrery disconnect claude${settings}`,
      ],
    });
  },
};
