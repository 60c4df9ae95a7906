// Sources that are tested on files of their own.
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { until } from "./until.ts";

/** A logger that says nothing. */
export const silent = { debug: () => undefined, warn: () => undefined, error: () => undefined };

/** Runs a source; `stop` ends it as a kill would leave it: nothing more is written. */
export function runSource<S extends { run(signal: AbortSignal): Promise<unknown> }>(
  source: S,
): { readonly source: S; stop(): Promise<void> } {
  const abort = new AbortController();
  const running = source.run(abort.signal);
  return {
    source,
    async stop() {
      abort.abort();
      await running;
    },
  };
}

/** Writes a file, and the folders it stands in. */
export function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Makes an empty file and gives what appends to it; each piece is taken when all whole lines are, as `readBytes` says. */
export function appendTo(path: string, readBytes: () => number): (piece: string) => Promise<void> {
  put(path, "");
  let written = Buffer.alloc(0);
  return async (piece) => {
    const bytes = Buffer.from(piece, isBytes(piece) ? "latin1" : "utf8");
    written = Buffer.concat([written, bytes]);
    appendFileSync(path, bytes);
    const whole = written.lastIndexOf(10) + 1;
    await until("the lines are stored", () => readBytes() >= whole);
  };
}

/** The suite of sources gives cut streams as latin1, so that a cut may fall into a character. */
function isBytes(text: string): boolean {
  return [...text].every((character) => character.codePointAt(0)! <= 0xff);
}
