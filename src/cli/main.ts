#!/usr/bin/env node
import { readFileSync } from "node:fs";
import type { CommandModule } from "./command.ts";

interface Entry {
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
}

/** Every command. A module is loaded when its command is called, so that `--version` and `--help` answer at once. */
const commands: Readonly<Record<string, Entry>> = {
  serve: {
    summary: "start Orrery and open it in the browser (what orrery alone does)",
    load: async () => (await import("./commands/serve.ts")).serve,
  },
  connect: {
    summary: "let an agent program send what happens to Orrery",
    load: async () => (await import("./commands/connect.ts")).connect,
  },
  disconnect: { summary: "undo connect", load: async () => (await import("./commands/disconnect.ts")).disconnect },
  doctor: {
    summary: "what is connected, what is not, and the command that mends it",
    load: async () => (await import("./commands/doctor.ts")).doctor,
  },
  demo: { summary: "play a recorded session", load: async () => (await import("./commands/demo.ts")).demo },
  ls: { summary: "list the sessions", load: async () => (await import("./commands/ls.ts")).ls },
  show: { summary: "show one session, or one event", load: async () => (await import("./commands/show.ts")).show },
  tail: { summary: "follow what happens", load: async () => (await import("./commands/tail.ts")).tail },
  usage: {
    summary: "tokens and money by model, session, agent, project, day, ticket or tool",
    load: async () => (await import("./commands/usage.ts")).usage,
  },
  todos: { summary: "what agents put on their own lists", load: async () => (await import("./commands/todos.ts")).todos },
  tickets: {
    summary: "list, show, create, edit, close and link tickets",
    load: async () => (await import("./commands/tickets.ts")).tickets,
  },
  ingest: {
    summary: "send what an agent program prints to Orrery",
    load: async () => (await import("./commands/ingest.ts")).ingest,
  },
  forward: {
    summary: "send what happens on this machine to an Orrery elsewhere",
    load: async () => (await import("./commands/forward.ts")).forward,
  },
  reingest: {
    summary: "read again what nobody understood when it came, or understood less of than now",
    load: async () => (await import("./commands/reingest.ts")).reingest,
  },
  search: {
    summary: "find words in messages, calls, errors, files and sessions",
    load: async () => (await import("./commands/search.ts")).search,
  },
  calls: { summary: "list tool calls of every session", load: async () => (await import("./commands/calls.ts")).calls },
  catalog: {
    summary: "how what can be searched stands; make it anew",
    load: async () => (await import("./commands/catalog.ts")).catalog,
  },
  asks: { summary: "what agents wait for you for", load: async () => (await import("./commands/asks.ts")).asks },
  ask: { summary: "ask people something and wait for the answer", load: async () => (await import("./commands/ask.ts")).ask },
  inbox: { summary: "answer what waits for you, in the terminal", load: async () => (await import("./commands/inbox.ts")).inbox },
  answer: { summary: "answer one ask", load: async () => (await import("./commands/answer.ts")).answer },
  policy: {
    summary: "rules about what agents may do: check them, try them on what was recorded",
    load: async () => (await import("./commands/policy.ts")).policy,
  },
  alerts: { summary: "what is wrong now, and what to do about it", load: async () => (await import("./commands/alerts.ts")).alerts },
  import: {
    summary: "read old transcripts from a folder or file",
    load: async () => (await import("./commands/import.ts")).importCommand,
  },
  export: {
    summary: "write sessions out, for another Orrery or another program",
    load: async () => (await import("./commands/export.ts")).exportCommand,
  },
  backup: {
    summary: "copy everything into a folder while Orrery runs",
    load: async () => (await import("./commands/backup.ts")).backup,
  },
  restore: { summary: "go back to a backup", load: async () => (await import("./commands/restore.ts")).restore },
  retention: {
    summary: "what is old enough to be let go",
    load: async () => (await import("./commands/retention.ts")).retention,
  },
  mcp: { summary: "give an agent Orrery's tools (MCP over stdin and stdout)", load: async () => (await import("./commands/mcp.ts")).mcp },
  token: {
    summary: "who may come in: make, list and revoke tokens",
    load: async () => (await import("./commands/token.ts")).token,
  },
  call: { summary: "run any operation by its name", load: async () => (await import("./commands/call.ts")).call },
};

const HARD_EXIT = 130;

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  const version = readVersion();
  if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) {
    process.stdout.write(`${version}\n`);
    return 0;
  }
  const [{ Command, CommanderError }, { createOutput }, { toOrreryError }] = await Promise.all([
    import("commander"),
    import("./output.ts"),
    import("./failure.ts"),
  ]);
  const given = { json: argv.includes("--json"), quiet: argv.includes("--quiet"), debug: argv.includes("--debug") };
  const out = createOutput(given);
  const abort = abortOnSignal();
  const first = argv[0];
  const called = first === undefined || (first.startsWith("-") && first !== "--help" && first !== "-h") ? "serve" : first;
  let exit = 0;

  const program = new Command("orrery")
    .description("Mission control for coding agents")
    .version(version)
    .exitOverride()
    .showSuggestionAfterError();
  program.configureOutput({ outputError: () => undefined });
  for (const [name, { summary, load }] of Object.entries(commands)) {
    const command = program.command(name).description(summary);
    if (name !== called && argv[1] !== name) continue;
    const module = await load();
    module.configure(command);
    command
      .option("--json", "print JSON")
      .option("--quiet", "print only what a script needs")
      .option("--debug", "print the stack of an error");
    command.action(async () => {
      exit = (await module.run({ out, env: process.env, version, signal: abort.signal }, command.opts(), command.args)) ?? 0;
    });
  }
  try {
    await program.parseAsync(called === "serve" && first !== "serve" ? ["serve", ...argv] : [...argv], { from: "user" });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    if (abort.signal.aborted && (error as Error).name === "AbortError") return HARD_EXIT;
    const known = toOrreryError(error);
    out.error(known.code, known);
    return known.exitCode;
  }
}

function abortOnSignal(): AbortController {
  const abort = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (abort.signal.aborted) process.exit(HARD_EXIT);
      abort.abort();
    });
  }
  return abort;
}

function readVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };
  return manifest.version;
}
