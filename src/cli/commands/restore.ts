import { resolve } from "node:path";
import { OrreryError } from "../../contract/errors.ts";
import { systemClock, toTimestamp } from "../../lib/clock.ts";
import { restore as restoreHome } from "../../log/index.ts";
import { withExample, type CommandModule } from "../command.ts";
import { badUsage } from "../failure.ts";
import { homeOf, runningDaemon } from "../find-daemon.ts";
import { fileSize } from "../printable.ts";

/** Puts a backup in the place of a home. What was there is moved aside. */
export const restore: CommandModule = {
  configure(command) {
    command.argument("<folder>", "the backup").option("--home <folder>", "home to restore; default: ~/.orrery");
    withExample(command, "orrery restore ~/orrery-2026-11-21");
  },

  async run({ out, env }, options, [folder]) {
    if (folder === undefined) throw badUsage("name the backup: orrery restore <folder>");
    const home = homeOf(options, env);
    const running = await runningDaemon(home);
    if (running !== undefined) throw new OrreryError("LOG_LOCKED", { path: home, pid: running.pid });
    const stamp = toTimestamp(systemClock.now()).replace(/[:.]/g, "-");
    const restored = restoreHome(resolve(folder), home, stamp);
    out.show({
      data: { home, ...restored },
      lines: [
        `${home} is as it was with ${restored.head} events (${fileSize(restored.bytes)}).`,
        ...(restored.previous === undefined
          ? []
          : [`What was there before is in ${restored.previous}; delete it when you no longer need it.`]),
      ],
    });
  },
};
