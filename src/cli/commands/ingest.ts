import { createInterface } from "node:readline";
import { createClient, type Client } from "../../client/index.ts";
import type { EventDraft } from "../../contract/events/index.ts";
import { OrreryError } from "../../contract/errors.ts";
import { streamFormats, type StreamFormat } from "../../contract/operations/ingest.ts";
import { createPipe, loadMapping, pipeFormats, sendEvents } from "../../ingest/index.ts";
import { backoffMs } from "../../lib/backoff.ts";
import { systemClock } from "../../lib/clock.ts";
import { randomId } from "../../lib/ids.ts";
import { withDaemon, withExample, type CommandModule, type Context } from "../command.ts";
import { badUsage } from "../failure.ts";
import { needDaemon } from "../find-daemon.ts";
import { tokenOf } from "../token-file.ts";
import { counted } from "../counted.ts";

/** What comes together is sent together. */
const GATHER_MS = 50;
const EVENTS_PER_POST = 500;
const BYTES_PER_POST = 1024 * 1024;
const GIVE_UP_MS = 60_000;

interface Counts {
  lines: number;
  stored: number;
  known: number;
  rejected: number;
}

/** Reads what an agent program prints, and sends it. */
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
    const { out, env } = context;
    if (!Object.hasOwn(pipeFormats, format!)) throw badUsage(`<format> must be one of ${Object.keys(pipeFormats).join(", ")}`);
    if ((format === "mapped") !== (typeof options["map"] === "string")) throw badUsage("--map goes with mapped, and only there");
    const target = { url: await needDaemon(options, env), token: tokenOf(options, env) };
    const only = options["only"] === true;
    const counts = isStream(format!)
      ? await sendStream(context, createClient(target), { format, only })
      : await sendMapped(context, target, createPipe(format!, { only, mapping: loadMapping(options["map"] as string) }));
    const { lines, stored, known, rejected } = counts;
    out.show({
      data: counts,
      lines: [
        `${counted(lines, "line")} gave ${counted(stored, "event")}${known > 0 ? `, ${known} known before` : ""}${rejected > 0 ? `; ${rejected} could not be read` : ""}.`,
      ],
    });
    return rejected > 0 && stored + known === rejected ? 1 : 0;
  },
};

interface Target {
  readonly url: string;
  readonly token: string | undefined;
}

function isStream(format: string): format is StreamFormat {
  return (streamFormats as readonly string[]).includes(format);
}

/** Pieces as they come, each with its place: one that is sent again after a restart of the daemon is not read twice. */
async function sendStream(context: Context, client: Client, { format, only }: { format: StreamFormat; only: boolean }): Promise<Counts> {
  const counts: Counts = { lines: 0, stored: 0, known: 0, rejected: 0 };
  const { stream } = client.ingest;
  const run = randomId("run");
  let offset = 0;

  async function send(bytes: Buffer, end: boolean): Promise<void> {
    const piece = { format, run, only, from: offset, base64: bytes.toString("base64"), end };
    const taken = await patiently(context, () => stream(piece, { signal: context.signal }));
    offset = taken.offset;
    counts.lines += taken.lines;
    counts.stored += taken.stored;
    counts.known += taken.duplicates;
    counts.rejected += taken.rejected;
  }

  const sender = createSender<Buffer>(async (pieces) => {
    const bytes = Buffer.concat(pieces);
    for (let at = 0; at < bytes.length; at += BYTES_PER_POST) await send(bytes.subarray(at, at + BYTES_PER_POST), false);
  });
  const stop = () => process.stdin.destroy();
  context.signal.addEventListener("abort", stop, { once: true });
  try {
    for await (const chunk of process.stdin) await sender.add(chunk as Buffer, (chunk as Buffer).length >= BYTES_PER_POST);
  } catch (error) {
    if (!context.signal.aborted) throw error;
  }
  await sender.done();
  await send(Buffer.alloc(0), true);
  return counts;
}

/** Lines of a form of one's own are read here, by a mapping file of this machine. */
async function sendMapped(context: Context, target: Target, pipe: ReturnType<typeof createPipe>): Promise<Counts> {
  const counts: Counts = { lines: 0, stored: 0, known: 0, rejected: 0 };
  const sender = createSender<EventDraft>(async (events) => {
    for (let at = 0; at < events.length; at += EVENTS_PER_POST) {
      const batch = events.slice(at, at + EVENTS_PER_POST).map((event) => JSON.stringify(event));
      const { stored, duplicates } = await patiently(context, () => sendEvents(target, batch, context.signal));
      counts.stored += stored;
      counts.known += duplicates;
    }
  });
  const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
  context.signal.addEventListener("abort", () => lines.close(), { once: true });
  for await (const text of lines) {
    counts.lines++;
    const { events, problem } = pipe.line(text, Date.now());
    if (problem !== undefined) counts.rejected++;
    for (const [at, event] of events.entries()) await sender.add(event, at === EVENTS_PER_POST);
  }
  await sender.done();
  return counts;
}

/** Sends what has gathered, one post after the other. With `isMuch` the giver waits until it is sent. */
function createSender<T>(send: (items: readonly T[]) => Promise<void>) {
  let waiting: T[] = [];
  let sending: Promise<void> = Promise.resolve();
  let gathering: Promise<void> | undefined;
  let failed: unknown;

  async function sendWaiting(): Promise<void> {
    const items = waiting;
    waiting = [];
    if (items.length > 0) await send(items);
  }

  function flush(): Promise<void> {
    return (sending = sending.then(sendWaiting));
  }

  async function gather(): Promise<void> {
    await systemClock.sleep(GATHER_MS);
    gathering = undefined;
    await flush().catch((error: unknown) => (failed = error));
  }

  return {
    async add(item: T, isMuch: boolean): Promise<void> {
      if (failed !== undefined) throw failed;
      waiting.push(item);
      if (isMuch) return await flush();
      gathering ??= gather();
    },
    async done(): Promise<void> {
      await gathering;
      await flush();
      if (failed !== undefined) throw failed;
    },
  };
}

/** A daemon that restarts or is busy is waited for; the program that prints waits with us. */
async function patiently<T>({ out, signal }: Context, send: () => Promise<T>): Promise<T> {
  for (let attempt = 0, until = Date.now() + GIVE_UP_MS; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      const isOver = Date.now() > until || signal.aborted;
      if (isOver || !(error instanceof OrreryError && ["DAEMON_UNREACHABLE", "LOG_BUSY", "STOPPING"].includes(error.code))) throw error;
      if (attempt === 0) out.hint(`${error.code}: trying again`);
      await systemClock.sleep(backoffMs(attempt, Math.random(), 200, 5_000), signal);
    }
  }
}
