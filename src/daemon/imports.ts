import { isAbsolute, resolve } from "node:path";
import { OrreryError } from "../contract/errors.ts";
import type { Import } from "../contract/operations/imports.ts";
import type { Handlers } from "../contract/operations/index.ts";
import { detectImport, type Importable, type Intake } from "../ingest/index.ts";
import { toTimestamp } from "../lib/clock.ts";
import { createImportProgress } from "./import-progress.ts";
import { createImportNotes, type KeptImport } from "./import-notes.ts";

interface Running {
  readonly show: () => Import;
  readonly abort?: AbortController;
  readonly ended?: Promise<void>;
}

/** Sessions that may be read at once: after a restart they are not counted again. */
const LATEST = 20;
const none = { files: 0, bytes: 0, files_read: 0, bytes_read: 0, sessions: 0, records: 0, events: 0, duplicates: 0, rejected: 0 };

/**
 * Reads old files when somebody asks. Positions are those of the sources, so that nothing is read twice. How far each import is stands in the log's
 * notes with the events that it gave: one that was cut off goes on when the daemon starts again.
 */
export function createImports(intake: Intake): {
  readonly handlers: Pick<Handlers, "imports.start" | "imports.get" | "imports.list">;
  /** Goes on with what the last daemon left. */
  readonly resume: () => Promise<void>;
  readonly stop: () => Promise<void>;
} {
  const notes = createImportNotes(intake.notes);
  const imports = new Map<string, Running>();
  let isStopping = false;
  const left = notes.all();
  for (const { shown } of left) imports.set(shown.import_id, { show: () => shown });

  function start(before: KeptImport, { format, open }: Importable): Running {
    const { import_id, path, started_at } = before.shown;
    const base = before.shown;
    const sessions = new Set(before.latest);
    const known = sessions.size;
    const progress = createImportProgress(base);
    const abort = new AbortController();
    let end: Pick<Import, "state" | "ended_at" | "detail"> = { state: "reading" };
    const append: Intake["append"] = (drafts) => {
      for (const { session_id } of drafts) {
        if (session_id === undefined) continue;
        sessions.delete(session_id);
        sessions.add(session_id);
      }
      const stored = intake.append(drafts);
      save();
      return stored;
    };
    const source = open({ ...intake, append }, progress.told);
    const show = (): Import => {
      const { records, events, duplicates, rejected, detail } = source.status();
      return {
        import_id,
        path,
        format,
        started_at,
        ...progress.now(end.state === "done"),
        sessions: base.sessions + sessions.size - known,
        records: base.records + records,
        events: base.events + events,
        duplicates: base.duplicates + duplicates,
        rejected: base.rejected + rejected,
        ...(end.state === "reading" && detail !== undefined ? { detail } : {}),
        ...end,
      };
    };
    const save = (): void => notes.save({ shown: show(), latest: [...sessions].slice(-LATEST) });
    const ended = (async () => {
      let state: Import["state"] = "done";
      let detail: string | undefined;
      try {
        await source.run(abort.signal);
        const status = source.status();
        if (status.state === "failing") ({ state, detail } = { state: "failed", detail: status.detail });
        if (abort.signal.aborted) state = "stopped";
      } catch (error) {
        intake.logger.error({ error, path }, "import failed");
        ({ state, detail } = { state: "failed", detail: (error as Error).message });
      }
      // What the end of the daemon cuts off is still being read: the next one goes on with it.
      if (isStopping) return save();
      end = { state, ended_at: toTimestamp(intake.clock.now()), ...(detail === undefined ? {} : { detail }) };
      save();
      await intake.notes.flush().catch((error: unknown) => intake.logger.warn({ error, path }, "the end of an import could not be noted"));
    })();
    const running = { show, abort, ended };
    imports.set(import_id, running);
    save();
    notes.forgetOld((id) => imports.delete(id));
    return running;
  }

  return {
    handlers: {
      "imports.start": async (input) => {
        const bad = (message: string) => new OrreryError("BAD_INPUT", { problems: [{ field: "path", message }] });
        if (!isAbsolute(input.path)) throw bad("must be an absolute path on the machine of the daemon");
        const path = resolve(input.path);
        const found = await detectImport(path).catch((error: unknown) => {
          throw bad((error as NodeJS.ErrnoException).code === "ENOENT" ? `names nothing: ${path}` : (error as Error).message);
        });
        if (found === undefined)
          throw bad(
            "holds no transcripts: give a Claude Code config folder, its projects, one of them or one session's .jsonl, a Codex home, a Gemini home, or a .jsonl that orrery export wrote",
          );
        const same = [...imports.values()].find((one) => one.show().path === path && one.show().state === "reading");
        if (same !== undefined) return same.show();
        const started_at = toTimestamp(intake.clock.now());
        const shown: Import = { import_id: notes.nextId(), path, format: found.format, state: "reading", started_at, ...none };
        return start({ shown, latest: [] }, found).show();
      },
      "imports.get": ({ import_id }) => {
        const found = imports.get(import_id);
        if (found === undefined) throw new OrreryError("NOT_FOUND", { what: "import", id: import_id });
        return found.show();
      },
      "imports.list": ({ state }) => ({
        items: [...imports.values()]
          .map(({ show }) => show())
          .filter((one) => state === undefined || one.state === state)
          .toReversed(),
      }),
    },
    async resume() {
      for (const kept of left) {
        const { shown } = kept;
        if (shown.state !== "reading") continue;
        const found = await detectImport(shown.path).catch(() => undefined);
        if (isStopping) return;
        if (found !== undefined && found.format === shown.format) {
          start(kept, found);
          continue;
        }
        const failed: Import = {
          ...shown,
          state: "failed",
          ended_at: toTimestamp(intake.clock.now()),
          detail: "what it read is no longer there",
        };
        notes.save({ shown: failed, latest: [] });
        imports.set(shown.import_id, { show: () => failed });
      }
    },
    async stop() {
      isStopping = true;
      for (const { abort } of imports.values()) abort?.abort();
      await Promise.all([...imports.values()].map(({ ended }) => ended));
    },
  };
}
