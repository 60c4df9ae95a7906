import { isAbsolute, resolve } from "node:path";
import { OrreryError } from "../contract/errors.ts";
import type { Import } from "../contract/operations/imports.ts";
import type { Handlers } from "../contract/operations/index.ts";
import { detectImport, type Importable, type Intake } from "../ingest/index.ts";
import { toTimestamp } from "../lib/clock.ts";

interface Running {
  readonly show: () => Import;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

/** How many imports are remembered. */
const KEPT = 100;

/** Reads old files when somebody asks. Positions are those of the sources, so that nothing is read twice. */
export function createImports(intake: Intake): {
  readonly handlers: Pick<Handlers, "imports.start" | "imports.get">;
  readonly stop: () => Promise<void>;
} {
  const imports = new Map<string, Running>();
  let count = 0;

  function start(path: string, { format, open }: Importable): Running {
    const import_id = `imp_${++count}`;
    const sessions = new Set<string>();
    const files = new Map<string, number>();
    const abort = new AbortController();
    const started_at = toTimestamp(intake.clock.now());
    let end: Pick<Import, "state" | "ended_at" | "detail"> = { state: "reading" };
    const append: Intake["append"] = (drafts, ...more) => {
      for (const { session_id } of drafts) if (session_id !== undefined) sessions.add(session_id);
      return intake.append(drafts, ...more);
    };
    const source = open({ ...intake, append }, (file) => files.set(file.path, file.size));
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
      end = { state, ended_at: toTimestamp(intake.clock.now()), ...(detail === undefined ? {} : { detail }) };
    })();
    const show = (): Import => {
      const { records, events, duplicates, rejected, detail } = source.status();
      return {
        import_id,
        path,
        format,
        started_at,
        files: files.size,
        bytes: [...files.values()].reduce((sum, size) => sum + size, 0),
        sessions: sessions.size,
        records,
        events,
        duplicates,
        rejected,
        ...(end.state === "reading" && detail !== undefined ? { detail } : {}),
        ...end,
      };
    };
    const running = { show, abort, ended };
    imports.set(import_id, running);
    if (imports.size > KEPT) for (const [id, one] of imports) if (one.show().state !== "reading" && imports.size > KEPT) imports.delete(id);
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
            "holds no transcripts: give a Claude Code config folder, its projects, one of them or one session's .jsonl, a Codex home, or a Gemini home",
          );
        const same = [...imports.values()].find((one) => one.show().path === path && one.show().state === "reading");
        return (same ?? start(path, found)).show();
      },
      "imports.get": ({ import_id }) => {
        const found = imports.get(import_id);
        if (found === undefined) throw new OrreryError("NOT_FOUND", { what: "import", id: import_id });
        return found.show();
      },
    },
    async stop() {
      for (const { abort } of imports.values()) abort.abort();
      await Promise.all([...imports.values()].map(({ ended }) => ended));
    },
  };
}
