import { resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Import } from "../../contract/operations/imports.ts";
import { importLeftMs, importShare, type SeenImport } from "../../projections/import-progress.ts";
import { withDaemon, withExample, type CommandModule } from "../command.ts";
import { ago, fileSize } from "../printable.ts";
import { clientOf } from "../token-file.ts";
import { counted } from "../counted.ts";

const ASK_EVERY_MS = 200;

/** Reads old transcripts, or exported events, into the log. The daemon reads; this command only looks on. */
export const importCommand: CommandModule = {
  configure(command) {
    command.argument(
      "<path>",
      "a Claude Code config folder, project or session, a Codex home, a Gemini home, or events that orrery export wrote",
    );
    withExample(withDaemon(command), "orrery import ~/backup/.claude");
  },

  async run({ out, env, signal }, options, [path = ""]) {
    const client = clientOf(options, env);
    let first: SeenImport | undefined;
    let now = await client.call("imports.start", { path: resolve(path) });
    while (now.state === "reading") {
      if (signal.aborted) {
        out.endRedraw();
        out.hint("The daemon reads on. The same command shows how far it is.");
        return 130;
      }
      first ??= { atMs: performance.now(), bytes_read: now.bytes_read };
      out.progress(progressLine(now, importLeftMs(now, first, performance.now())));
      await wait(ASK_EVERY_MS, undefined, { signal }).catch(() => undefined);
      now = await client.call("imports.get", { import_id: now.import_id });
    }
    out.endRedraw();
    const seconds = Math.max(0.001, (Date.parse(now.ended_at!) - Date.parse(now.started_at)) / 1000);
    const speed = now.bytes === 0 ? "" : ` at ${(now.bytes / 1e6 / seconds).toFixed(1)} MB/s`;
    out.show({
      data: now,
      lines: [
        now.files === 0
          ? `Nothing new: everything in ${now.path} was read before.`
          : `${counted(now.sessions, "session")}, ${counted(now.events, "event")}, ${now.duplicates} known before; ${counted(now.files, "file")}, ${fileSize(now.bytes)}${speed}.`,
        ...(now.rejected === 0
          ? []
          : [`${counted(now.rejected, "line")} could not be read: orrery tail source.rejected --last ${now.rejected}`]),
        ...(now.state === "done" ? [] : [`It ended early: ${now.detail ?? now.state}. Run it again to go on.`]),
      ],
    });
    return now.state === "done" ? 0 : 1;
  },
};

const BAR = 24;

function progressLine(now: Import, leftMs: number | undefined): string {
  const share = importShare(now);
  if (share === undefined) return "Looking for files";
  const done = Math.floor(share * BAR);
  const left = leftMs === undefined ? "" : `, ${ago(0, leftMs)} left`;
  return `${"█".repeat(done)}${"░".repeat(BAR - done)} ${Math.floor(share * 100)} %  ${fileSize(now.bytes_read)} of ${fileSize(now.bytes)}, ${now.files_read} of ${now.files} files, ${now.events} events${left}`;
}
