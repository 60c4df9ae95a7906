import { mkdirSync, watch, type FSWatcher } from "node:fs";
import { mkdir, readdir, readFile, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { OrreryError } from "../contract/errors.ts";
import { toTimestamp } from "../lib/clock.ts";
import { textHash } from "../lib/text-hash.ts";
import type { HookRecord } from "./jsonl/posted.ts";
import { failure, rejection } from "./rejection.ts";
import { createTally, type Intake, type Source } from "./source.ts";

interface Options extends Intake {
  /** `<home>/spool`, created when missing. */
  readonly folder: string;
  readonly name?: string;
  readonly format?: string;
  readonly deliver: (records: readonly HookRecord[]) => Promise<void>;
}

const POLL_MS = 5_000;
const BUSY_MS = 200;
const PER_DELIVERY = 200;
/** A file without its last newline, and a body that its sender never came back to, are given this long. */
const UNFINISHED_MS = 30_000;

/**
 * Hook bodies that a sender could not deliver. The sender writes files of lines `{"received_at": <time>, "body": {...}}` into the folder,
 * named so that their order is the order of receipt; here they are taken in that order and removed. A crash in between takes a file again,
 * and the times that its lines carry give the same events. `.<pid>.body` is a bare body whose sender was stopped.
 */
export function createSpool(options: Options): Source {
  const { folder, name = "spool", format = "claude-code/hook", deliver, append, clock, logger } = options;
  const tally = createTally(name, format, clock);
  const abort = new AbortController();
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  let problem: string | undefined;
  let hasDelivered = false;
  let isRunning = false;
  let wake: () => void = () => undefined;

  async function drain(): Promise<void> {
    const found = await readdir(folder).catch(absent);
    // Nothing waits in a folder that is not there; whether it can be, tells what is wrong with it.
    if (found === undefined) return void (await mkdir(folder, { recursive: true, mode: 0o700 }));
    const files = found.filter((file) => file.endsWith(".ndjson") || /^\.\d+\.body$/.test(file)).toSorted();
    for (const file of files) {
      if (abort.signal.aborted) return;
      await take(join(folder, file), file.endsWith(".body"));
    }
  }

  async function take(path: string, isBare: boolean): Promise<void> {
    const found = await stat(path).catch(absent);
    if (found === undefined) return; // Its sender came back to it and delivered it.
    const { mtimeMs } = found;
    const isSettled = mtimeMs < clock.now() - UNFINISHED_MS;
    if (isBare && !isSettled) return;
    const text = await readFile(path, "utf8").catch(absent);
    if (text === undefined) return;
    if (!isBare && !isSettled && !text.endsWith("\n")) return;
    const at = toTimestamp(mtimeMs);
    const lines = isBare ? [text] : text.split("\n");
    let records: HookRecord[] = [];
    for (const [index, line] of lines.entries()) {
      if (line.trim() === "") continue;
      const record = readRecord(line, isBare ? at : undefined);
      tally.record();
      if (record === undefined) {
        tally.rejected();
        const key = textHash(`${path} ${index} ${line}`);
        await patiently(() =>
          append([rejection({ format, reason: `line ${index + 1} of ${path} is not a spooled hook`, sample: line, key, at })]),
        );
        continue;
      }
      records.push(record);
      if (records.length === PER_DELIVERY) {
        await send(records);
        records = [];
      }
    }
    await send(records);
    await unlink(path);
  }

  async function send(records: readonly HookRecord[]): Promise<void> {
    if (records.length > 0) await patiently(() => deliver(records));
    hasDelivered ||= records.length > 0;
  }

  async function patiently(work: () => Promise<unknown>): Promise<void> {
    for (;;) {
      try {
        await work();
        return;
      } catch (error) {
        if (!(error instanceof OrreryError && error.code === "LOG_BUSY")) throw error;
        await clock.sleep(BUSY_MS, abort.signal);
      }
    }
  }

  async function drainSafely(): Promise<void> {
    try {
      await drain();
      problem = undefined;
    } catch (error) {
      if (abort.signal.aborted) return;
      const message = `cannot take what waits in ${folder}: ${(error as Error).message}`;
      if (problem === message) return;
      problem = message;
      logger.warn({ error }, "spool");
      await append([failure("spool", message, toTimestamp(clock.now()))]).catch((cause: unknown) =>
        logger.error({ error: cause }, "failure not stored"),
      );
    }
  }

  function watchFolder(): FSWatcher | undefined {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      return watch(folder, { persistent: false }, () => wake()).on("error", () => undefined);
    } catch {
      return undefined; // The folder is looked at now and then as well, and that tells what is wrong with it.
    }
  }

  return {
    async run(signal) {
      isRunning = true;
      signal.addEventListener("abort", () => abort.abort(), { once: true });
      if (signal.aborted) abort.abort();
      const watcher = watchFolder();
      try {
        while (!abort.signal.aborted) {
          const woken = new Promise<void>((resolve) => (wake = resolve));
          await drainSafely();
          await Promise.race([woken, clock.sleep(POLL_MS, abort.signal)]).catch(() => undefined);
        }
      } finally {
        watcher?.close();
        end();
      }
    },
    async stop() {
      abort.abort();
      if (isRunning) await ended;
    },
    status: () =>
      tally.status(abort.signal.aborted ? "stopped" : problem !== undefined ? "failing" : hasDelivered ? "connected" : "waiting", problem),
  };
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

/** `bareAt` is the time of a bare body, which has none of its own. */
function readRecord(line: string, bareAt: string | undefined): HookRecord | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== "object" || value === null) return undefined;
    if (bareAt !== undefined) return { body: value, received_at: bareAt };
    const { body, received_at } = value as Partial<HookRecord>;
    return typeof body === "object" && typeof received_at === "string" ? { body, received_at } : undefined;
  } catch {
    return undefined;
  }
}
