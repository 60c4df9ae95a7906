import { createInterface } from "node:readline/promises";
import { systemClock } from "../lib/clock.ts";

/** Single keys and typed lines of the person at this terminal. */
export interface Terminal {
  readonly width: number;
  readonly height: number;
  /** The next key; undefined when none was pressed within that time, or the command is to end. What is pasted is no key. */
  key(withinMs?: number): Promise<string | undefined>;
  /** A line that is typed, where these words stand already; undefined when the person left it with Ctrl-C. */
  line(label: string, words?: string): Promise<string | undefined>;
  /** Shows these lines and nothing else. */
  show(lines: readonly string[]): void;
  close(): void;
}

const CLEAR = "\u001B[H\u001B[2J\u001B[3J";

export function createTerminal(signal: AbortSignal): Terminal {
  const { stdin, stdout } = process;
  const keys: string[] = [];
  let wake = (): void => undefined;
  const onKey = (chunk: Buffer): void => {
    keys.push(chunk.toString("utf8"));
    wake();
  };
  const listen = () => void stdin.setRawMode(true).resume().on("data", onKey);
  listen();

  return {
    get width() {
      return stdout.columns;
    },
    get height() {
      return stdout.rows;
    },
    async key(withinMs) {
      if (keys.length === 0 && !signal.aborted) {
        const next = Promise.withResolvers<void>();
        wake = next.resolve;
        const cancel = withinMs === undefined ? () => undefined : systemClock.after(withinMs, next.resolve);
        signal.addEventListener("abort", wake, { once: true });
        await next.promise;
        signal.removeEventListener("abort", wake);
        cancel();
      }
      return keys.shift();
    },
    async line(label, words = "") {
      stdin.off("data", onKey).setRawMode(false);
      const reader = createInterface({ input: stdin, output: stdout });
      const left = new Promise<undefined>((resolve) => reader.once("close", () => resolve(undefined)));
      try {
        const typed = reader.question(label, { signal }).catch(() => undefined);
        if (words !== "") reader.write(words);
        return (await Promise.race([typed, left]))?.trim();
      } finally {
        reader.close();
        listen();
      }
    },
    show: (lines) => void stdout.write(`${CLEAR}${lines.join("\r\n")}\r\n`),
    close: () => void stdin.off("data", onKey).setRawMode(false).pause(),
  };
}
