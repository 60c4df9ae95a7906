import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "../../client/index.ts";
import { readConfig } from "../../contract/config.ts";
import { OrreryError } from "../../contract/errors.ts";
import type { Daemon } from "../../daemon/daemon.ts";
import { withDaemon, withExample, type CommandModule, type Context } from "../command.ts";
import { play } from "../demo/play.ts";
import { readRecording, recordingNames } from "../demo/recording.ts";
import { badUsage } from "../failure.ts";
import { answers, daemonUrl } from "../find-daemon.ts";
import { clientOf } from "../token-file.ts";

const BEST = "subagents-nested";
/** As recorded. That is about two seconds, because the model was scripted: a tenth of it is a pace to watch at. */
const SPEED = 1;
const BAR_CHARACTERS = 30;

/** Plays recorded sessions into the daemon that runs, or into one of its own. */
export const demo: CommandModule = {
  configure(command) {
    command.option("--case <name>", "which recording, or all", BEST).option("--list", "list the recordings");
    command.option("--speed <n>", "pace; 0.1 is a tenth of the recorded one", String(SPEED));
    withExample(withDaemon(command), "orrery demo --speed 0.1");
  },

  async run(context, options) {
    const { out, env, signal } = context;
    const names = recordingNames();
    if (options["list"] === true)
      return void out.show({ data: names, rows: names, columns: [{ name: "CASE", value: (name) => name }], ids: names });
    const chosen = options["case"] === "all" ? names : names.filter((name) => name === options["case"]);
    if (chosen.length === 0) throw badUsage(`--case must be all or one of ${names.join(", ")}`);
    const speed = Number(options["speed"]);
    if (!(speed > 0)) throw badUsage("--speed must be a number above 0");

    const url = daemonUrl(options, env);
    const own = (await answers(url)) ? undefined : await ownDaemon(context, options);
    try {
      const client = own === undefined ? clientOf(options, env, url) : createClient({ url: own.daemon.url });
      if (own !== undefined) out.announce(`Orrery ready at ${own.daemon.url}`);
      for (const name of chosen) {
        if (signal.aborted) break;
        const moments = readRecording(name);
        const show = progress(context, name, moments.length);
        await play({ client, moments, speed, signal, progress: show.step });
        show.end(signal.aborted);
      }
      if (own !== undefined && out.isTty && !signal.aborted) {
        out.hint("Ctrl-C ends it.");
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      }
    } finally {
      await own?.stop();
    }
  },
};

/** A daemon that ends with the demo and keeps nothing. It shows only the recording: no transcripts of this machine. */
async function ownDaemon(
  context: Context,
  options: Readonly<Record<string, unknown>>,
): Promise<{ readonly daemon: Daemon; stop(): Promise<void> }> {
  if (options["url"] !== undefined) throw new OrreryError("DAEMON_UNREACHABLE", { url: options["url"] });
  const { openDaemon } = await import("./serve.ts");
  const home = mkdtempSync(join(tmpdir(), "orrery-demo-"));
  const settings = readConfig(context.env, { home, transcripts: "off" });
  let daemon: Daemon;
  try {
    daemon = await openDaemon(settings, context);
  } catch (error) {
    if (!(error instanceof OrreryError && error.code === "PORT_TAKEN")) throw error;
    daemon = await openDaemon({ ...settings, config: { ...settings.config, port: 0 } }, context);
  }
  return {
    daemon,
    async stop() {
      await daemon.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** A bar in a terminal, one line per recording elsewhere. */
function progress({ out }: Context, name: string, total: number): { step(done: number): void; end(isCut: boolean): void } {
  let last = 0;
  return {
    step(done) {
      last = done;
      const filled = Math.round((done / total) * BAR_CHARACTERS);
      out.redraw(`${name} ${"━".repeat(filled)}${out.paint.dim("━".repeat(BAR_CHARACTERS - filled))} ${done}/${total}`);
    },
    end(isCut) {
      out.endRedraw();
      out.say(`${name}: ${isCut ? `stopped at ${last} of ${total}` : `${total} records played`}`);
    },
  };
}
