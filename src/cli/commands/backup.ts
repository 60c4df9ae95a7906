import { existsSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { withDaemon, withExample, type CommandModule } from "../command.ts";
import { fileSize } from "../printable.ts";
import { clientOf } from "../token-file.ts";
import { counted } from "../counted.ts";

const SHOW_EVERY_MS = 500;
const COPIED_WITHIN_MS = 60 * 60_000;

/** Copies the log and the settings of a running daemon into a new folder. */
export const backup: CommandModule = {
  configure(command) {
    command.argument("[folder]", "where to, a folder that does not exist yet; default: backups/<time> in the daemon's home");
    withExample(withDaemon(command), "orrery backup ~/orrery-2026-11-21");
  },

  async run({ out, env, signal }, options, [folder]) {
    const client = clientOf(options, env);
    const path = folder === undefined ? undefined : resolve(folder);
    const { home } = await client.call("status.get", {});
    const timer = setInterval(() => out.redraw(`Copying, ${fileSize(copied(path ?? join(home, "backups")))}`), SHOW_EVERY_MS);
    try {
      const made = await client.call("backup.make", path === undefined ? {} : { path }, { signal, timeoutMs: COPIED_WITHIN_MS });
      out.endRedraw();
      out.show({
        data: made,
        ids: [made.path],
        lines: [
          `${fileSize(made.bytes)}, ${counted(made.head, "event")}, in ${made.path}`,
          `To go back to it: orrery restore ${made.path}`,
        ],
      });
    } finally {
      clearInterval(timer);
      out.endRedraw();
    }
  },
};

/** Bytes of the copy that is being made, where it is on this machine. */
function copied(path: string): number {
  const folders = existsSync(`${path}.unfinished`)
    ? [`${path}.unfinished`]
    : existsSync(path)
      ? readdirSync(path)
          .filter((name) => name.endsWith(".unfinished"))
          .map((name) => join(path, name))
      : [];
  return folders.reduce((sum, each) => sum + (statSync(join(each, "orrery.db"), { throwIfNoEntry: false })?.size ?? 0), 0);
}
