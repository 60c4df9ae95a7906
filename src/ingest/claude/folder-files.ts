import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { OrreryError } from "../../contract/errors.ts";
import { translateTaskFile, translateTeamFile } from "../../formats/claude/folder-files.ts";
import type { Translation } from "../../formats/translation.ts";
import { toTimestamp } from "../../lib/clock.ts";
import { appendApart } from "../append-apart.ts";
import { failure, rejection, translated } from "../rejection.ts";
import { createTally, type Intake, type Source } from "../source.ts";

interface Options extends Intake {
  /** Claude Code config folders. */
  readonly folders: readonly string[];
  readonly pollMs?: number;
}

const POLL_MS = 2_000;
const MAX_BYTES = 1024 * 1024;
const NOTE = "claude-folders:";

/** The version of a file that was read last: time and size. */
const versionOf = ({ mtimeMs, size }: { readonly mtimeMs: number; readonly size: number }): string => `${mtimeMs}:${size}`;

/**
 * Reads what Claude Code keeps beside its transcripts: `tasks/<session or team>/<id>.json` and `teams/<team>/`. They are small files that are
 * written whole at each change, so each is read again when its time or size differs. Nothing is ever written there.
 */
export function createClaudeFolderFiles({ append, notes, clock, logger, folders, pollMs = POLL_MS }: Options): Source {
  const tally = createTally("claude-code tasks and teams", "claude-code/task-file", clock);
  const abort = new AbortController();
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  let isRunning = false;
  let hasRecord = false;
  let problem: string | undefined;

  async function* files(): AsyncGenerator<{ readonly path: string; readonly translate: (value: unknown, at: string) => Translation }> {
    for (const folder of folders) {
      for (const owner of await names(join(folder, "tasks")))
        for (const name of await names(join(folder, "tasks", owner)))
          if (/^[^.].*\.json$/.test(name))
            yield { path: join(folder, "tasks", owner, name), translate: (value, at) => translateTaskFile(value, { folder: owner, at }) };
      for (const team of await names(join(folder, "teams")))
        for (const path of [join(folder, "teams", team, "config.json"), ...(await inboxes(join(folder, "teams", team, "inboxes")))])
          yield {
            path,
            translate: (value, at) =>
              translateTeamFile(value, {
                team,
                name: basename(dirname(path)) === "inboxes" ? `inboxes/${basename(path)}` : basename(path),
                at,
              }),
          };
    }
  }

  async function look(): Promise<void> {
    for await (const { path, translate } of files()) {
      if (abort.signal.aborted) return;
      const found = await stat(path).catch(() => undefined);
      if (found === undefined || !found.isFile() || found.size > MAX_BYTES || notes.get(NOTE + path) === versionOf(found)) continue;
      const text = await readFile(path, "utf8").catch(() => undefined);
      if (text === undefined || text === "") continue;
      await take(path, text, { version: versionOf(found), mtimeMs: found.mtimeMs, translate });
    }
  }

  async function take(
    path: string,
    text: string,
    {
      version,
      mtimeMs,
      translate,
    }: { readonly version: string; readonly mtimeMs: number; readonly translate: (value: unknown, at: string) => Translation },
  ): Promise<void> {
    const at = toTimestamp(Math.floor(mtimeMs));
    const told = translated(() => translate(JSON.parse(text), at));
    const events =
      told.problem === undefined
        ? told.events
        : [
            rejection({
              format: "claude-code/task-file",
              reason: `${basename(path)}: ${told.problem}`,
              sample: text,
              key: `${path} ${version}`,
              at,
            }),
          ];
    if (told.problem !== undefined) tally.rejected();
    tally.record();
    notes.set(NOTE + path, version);
    tally.stored(events, events.length === 0 ? [] : await appendApart(append, events), mtimeMs);
    hasRecord = true;
  }

  return {
    async run(signal) {
      signal.addEventListener("abort", () => abort.abort(), { once: true });
      if (signal.aborted) abort.abort();
      isRunning = true;
      try {
        while (!abort.signal.aborted) {
          try {
            await look();
            problem = undefined;
          } catch (error) {
            const message = (error as Error).message;
            if (problem !== message && !(error instanceof OrreryError))
              await append([failure("tasks and teams", message, toTimestamp(clock.now()))]).catch(() => undefined);
            problem = message;
            logger.warn({ error }, "tasks and teams");
          }
          await clock.sleep(pollMs, abort.signal).catch(() => undefined);
        }
      } finally {
        end();
      }
    },
    async stop() {
      abort.abort();
      if (isRunning) await ended;
    },
    status: () =>
      tally.status(abort.signal.aborted ? "stopped" : problem !== undefined ? "failing" : hasRecord ? "connected" : "waiting", problem),
  };
}

async function names(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).toSorted();
}

async function inboxes(folder: string): Promise<string[]> {
  return (await names(folder)).filter((name) => name.endsWith(".json")).map((name) => join(folder, name));
}
