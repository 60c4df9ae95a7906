import { spawn } from "node:child_process";
import type { TestContext } from "node:test";
import { until } from "./until.ts";
import { commandLine } from "./cli-process.ts";

/** A terminal in which a command of Orrery runs. */
export interface TestTerminal {
  /** What the command drew last. */
  screen(): string;
  press(keys: string): void;
  /** Waits until the screen shows these words. */
  sees(words: string): Promise<void>;
  readonly ended: Promise<number | null>;
}

/** Why no command can be given a terminal here. On Linux one always can: `npm test` sees to the program `script`. */
export const noTerminal = process.platform === "linux" ? false : "gives a command a terminal with script, as Linux has it";

const CLEAR = "\u001B[H\u001B[2J\u001B[3J";

/** Runs `orrery` in a terminal of 100 by 40. */
export function orreryInTerminal(t: TestContext, env: NodeJS.ProcessEnv, ...args: readonly string[]): TestTerminal {
  const command = `stty cols 100 rows 40; exec ${commandLine(args)}`;
  const child = spawn("script", ["--quiet", "--return", "--flush", "--command", command, "/dev/null"], { env, stdio: "pipe" });
  t.after(() => void child.kill("SIGKILL"));
  let out = "";
  child.stdout.on("data", (chunk) => (out += String(chunk)));
  const screen = () => out.slice(out.lastIndexOf(CLEAR)).replaceAll("\r", "");
  return {
    screen,
    press: (keys) => void child.stdin.write(keys),
    async sees(words) {
      await until(words, () => screen().includes(words)).catch((cause: unknown) => {
        throw new Error(`${(cause as Error).message}, on this screen:\n${screen()}`, { cause });
      });
    },
    ended: new Promise((resolve) => child.on("close", resolve)),
  };
}
