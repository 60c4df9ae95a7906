import { join } from "node:path";
import { pino } from "pino";
import { configTable, readConfig } from "../../contract/config.ts";
import { agentPlaces } from "../../daemon/agent-places.ts";
import { captureGuard } from "../../daemon/capture-guard.ts";
import { claudeFolders } from "../../daemon/claude-folders.ts";
import { createForward, createMachineSources, openOutbox } from "../../ingest/index.ts";
import { systemClock } from "../../lib/clock.ts";
import { textHash } from "../../lib/text-hash.ts";
import { withExample, type CommandModule } from "../command.ts";
import { badUsage } from "../failure.ts";
import { homeOf, runningDaemon } from "../find-daemon.ts";
import { tokenOf } from "../token-file.ts";
import { compactNumber } from "../printable.ts";

const SHOW_EVERY_MS = 1_000;
/** Events that may wait here for the other daemon; then the sources wait. */
const MAX_WAITING = 1_000_000;

/** Sends what happens on this machine to an Orrery elsewhere, until Ctrl-C. */
export const forward: CommandModule = {
  configure(command) {
    command
      .requiredOption("--to <address>", "address of the other Orrery")
      .option("--token-file <file>", "file that holds the token for it")
      .option("--home <folder>", `home folder; ${configTable.home.help}`);
    withExample(command, "orrery forward --to http://10.0.0.5:7717 --token-file ~/.orrery/token");
  },

  async run({ out, env, signal }, options) {
    const url = options["to"] as string;
    if (!/^https?:$/.test(URL.parse(url)?.protocol ?? "")) throw badUsage(`--to must be an http address, not ${url}`);
    const token = tokenOf(options, {});
    const home = homeOf(options, env);
    const { config } = readConfig(env);
    const outbox = openOutbox({
      path: join(home, "forward", `${textHash(url.replace(/\/+$/, ""))}.db`),
      limit: MAX_WAITING,
      guard: captureGuard(config, home),
    });
    const hasDaemon = (await runningDaemon(home)) !== undefined;
    if (hasDaemon) out.hint("An Orrery runs here too: hooks that wait in the spool are left to it.");
    const forwarding = createForward({
      url,
      token,
      outbox,
      clock: systemClock,
      logger: pino({ level: config.log_level, errorKey: "error" }, pino.destination({ fd: 2, sync: true })),
      sources: (intake) =>
        createMachineSources(intake, {
          claudeFolders: claudeFolders(config, env),
          spoolFolder: hasDaemon ? undefined : join(home, "spool"),
          places: agentPlaces(config, env),
        }),
    });
    out.announce(`Forwarding to ${url}`);
    const running = forwarding.run(signal);
    const cancel = every(SHOW_EVERY_MS, () => {
      const { sent, waiting, problem } = forwarding.status();
      out.redraw(`${compactNumber(sent)} events sent, ${compactNumber(waiting)} waiting${problem === undefined ? "" : `: ${problem}`}`);
    });
    try {
      await running;
    } finally {
      cancel();
      await forwarding.stop();
      out.endRedraw();
      const { sources: _, ...counts } = forwarding.status();
      outbox.close();
      const problem = counts.problem === undefined ? "" : ` ${counts.problem}`;
      out.show({ data: counts, lines: [`${counts.sent} events sent, ${counts.waiting} wait for the next time.${problem}`] });
    }
  },
};

function every(ms: number, task: () => void): () => void {
  const timer = setInterval(task, ms);
  return () => clearInterval(timer);
}
