import type { Command } from "commander";
import type { Output } from "./output.ts";

/** What a command is given beside its own arguments. */
export interface Context {
  readonly out: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  /** Aborts at the first Ctrl-C or SIGTERM; a second one ends the process at once. */
  readonly signal: AbortSignal;
}

/** One command: its arguments and options, and what it does. Loaded only when it is called or its help is. */
export interface CommandModule {
  configure(command: Command): void;
  /** Resolves with the exit code, 0 when it gives none. */
  run(context: Context, options: Readonly<Record<string, unknown>>, args: readonly string[]): Promise<number | void>;
}

/** The options of every command that talks to a daemon. */
export function withDaemon(command: Command): Command {
  return command
    .option("--url <address>", "address of the daemon; default: the one that runs on the home")
    .option("--home <folder>", "home folder of the daemon")
    .option("--token-file <file>", "file that holds a token for it (ORRERY_TOKEN_FILE)");
}

export function withExample(command: Command, ...examples: readonly string[]): Command {
  return command.addHelpText("after", `\nExample:\n${examples.map((example) => `  $ ${example}`).join("\n")}`);
}
