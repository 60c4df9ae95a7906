import { createInterface } from "node:readline";
import type { EventDraft } from "../../contract/events/index.ts";
import { OrreryError } from "../../contract/errors.ts";
import { createPipe, loadMapping, pipeFormats, sendEvents } from "../../ingest/index.ts";
import { backoffMs } from "../../lib/backoff.ts";
import { systemClock } from "../../lib/clock.ts";
import { withDaemon, withExample, type CommandModule, type Context } from "../command.ts";
import { badUsage } from "../failure.ts";
import { needDaemon } from "../find-daemon.ts";

/** Lines are sent together when they come together. */
const GATHER_MS = 50;
const EVENTS_PER_POST = 500;
const GIVE_UP_MS = 60_000;

/** Reads what an agent program prints, and sends what it says. */
export const ingest: CommandModule = {
  configure(command) {
    const formats = Object.entries(pipeFormats).map(([name, { what }]) => `  ${name.padEnd(14)}${what}`);
    command
      .argument("<format>", `one of ${Object.keys(pipeFormats).join(", ")}`)
      .option("--map <file>", "for mapped: the mapping file")
      .option("--only", "nothing else is read of these sessions (no hooks, no files of the agent): tell calls and turns from here too")
      .addHelpText("after", `\nFormats:\n${formats.join("\n")}`);
    withExample(
      withDaemon(command),
      "orrery ingest codex-exec --only <run.jsonl",
      "codex exec --json 'fix the test' | orrery ingest codex-exec --only",
    );
  },

  async run(context, options, [format]) {
    const { out, env, signal } = context;
    if (!Object.hasOwn(pipeFormats, format!)) throw badUsage(`<format> must be one of ${Object.keys(pipeFormats).join(", ")}`);
    if ((format === "mapped") !== (typeof options["map"] === "string")) throw badUsage("--map goes with mapped, and only there");
    const mapping = format === "mapped" ? loadMapping(options["map"] as string) : undefined;
    const pipe = createPipe(format!, { only: options["only"] === true, mapping });
    const url = await needDaemon(options, env);
    const counts = { lines: 0, stored: 0, known: 0, rejected: 0 };
    let waiting: EventDraft[] = [];
    let sending: Promise<void> = Promise.resolve();
    let gathering: Promise<void> | undefined;
    let failed: unknown;

    async function send(): Promise<void> {
      while (waiting.length > 0) {
        const batch = waiting.slice(0, EVENTS_PER_POST);
        waiting = waiting.slice(batch.length);
        const { stored, duplicates } = await patiently(url, batch, context);
        counts.stored += stored;
        counts.known += duplicates;
      }
    }

    async function gather(): Promise<void> {
      await systemClock.sleep(GATHER_MS);
      gathering = undefined;
      try {
        await (sending = sending.then(send));
      } catch (error) {
        failed = error;
      }
    }

    const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
    const stop = () => lines.close();
    signal.addEventListener("abort", stop, { once: true });
    for await (const text of lines) {
      if (failed !== undefined) throw failed;
      counts.lines++;
      const { events, problem } = pipe.line(text, Date.now());
      if (problem !== undefined) counts.rejected++;
      waiting.push(...events);
      if (waiting.length >= EVENTS_PER_POST) await (sending = sending.then(send));
      gathering ??= gather();
    }
    await gathering;
    await (sending = sending.then(send));
    if (failed !== undefined) throw failed;
    const { lines: read, stored, known, rejected } = counts;
    out.show({
      data: counts,
      lines: [
        `${read} lines gave ${stored} events${known > 0 ? `, ${known} known before` : ""}${rejected > 0 ? `; ${rejected} could not be read` : ""}.`,
      ],
    });
    return rejected > 0 && stored + known === rejected ? 1 : 0;
  },
};

/** A daemon that restarts or is busy is waited for; the program that prints waits with us. */
async function patiently(url: string, events: readonly EventDraft[], { out, signal }: Context) {
  const lines = events.map((event) => JSON.stringify(event));
  for (let attempt = 0, until = Date.now() + GIVE_UP_MS; ; attempt++) {
    try {
      return await sendEvents({ url }, lines, signal);
    } catch (error) {
      const isOver = Date.now() > until || signal.aborted;
      if (isOver || !(error instanceof OrreryError && ["DAEMON_UNREACHABLE", "LOG_BUSY", "STOPPING"].includes(error.code))) throw error;
      if (attempt === 0) out.hint(`${error.code}: trying again`);
      await systemClock.sleep(backoffMs(attempt, Math.random(), 200, 5_000), signal);
    }
  }
}
