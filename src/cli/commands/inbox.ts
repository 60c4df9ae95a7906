import type { Client } from "../../client/index.ts";
import { OrreryError } from "../../contract/errors.ts";
import type { AskDetail } from "../../contract/operations/asks.ts";
import { systemClock } from "../../lib/clock.ts";
import { askLines, decisionLine, toAnswer } from "../ask-lines.ts";
import { withDaemon, withExample, type CommandModule, type Context } from "../command.ts";
import { askAlways } from "../inbox-always.ts";
import { keysLine, meaningOf, type KeyMeaning } from "../inbox-keys.ts";
import { ago, cut, manyLines, oneLine, wrapped } from "../printable.ts";
import { createTerminal, type Terminal } from "../terminal.ts";
import { asks } from "./asks.ts";
import { clientOf } from "../token-file.ts";

const LOOK_EVERY_MS = 1_000;

/** The asks that wait, to be answered with single keys. */
export const inbox: CommandModule = {
  configure(command) {
    withExample(withDaemon(command).option("--limit <n>", "at most so many", "50"), "orrery inbox", "orrery inbox --json");
  },

  async run(context, options, args) {
    const { out, env } = context;
    if (!out.isTty || process.stdin.isTTY !== true || out.options.json || out.options.quiet) return asks.run(context, options, args);
    const client = clientOf(options, env);
    await client.asks.list({ limit: 1 });
    const terminal = createTerminal(context.signal);
    try {
      await answerByKeys(client, context, terminal);
    } finally {
      terminal.close();
    }
  },
};

async function answerByKeys(client: Client, { out, env, signal }: Context, terminal: Terminal): Promise<void> {
  const who = { actor: env["USER"] ?? "local", door: "cli" };
  /** Those that are answered together, by their ids. */
  const marked = new Set<string>();
  let shown: AskDetail | undefined;
  let at = 0;
  let note = "";

  async function look(): Promise<void> {
    const { items } = await client.asks.list({ limit: 200 });
    // The oldest first: whoever waits longest. What is shown stays where it is while others come and go.
    const open = items.toReversed();
    for (const id of marked) if (!open.some(({ ask_id }) => ask_id === id)) marked.delete(id);
    const same = open.findIndex(({ ask_id }) => ask_id === shown?.ask_id);
    at = Math.max(0, Math.min(same === -1 ? at : same, open.length - 1));
    const row = open[at];
    shown = row === undefined ? undefined : await client.asks.get({ ask_id: row.ask_id });
    draw(open.length);
  }

  function draw(count: number): void {
    const { width, height } = terminal;
    const several = marked.size === 0 ? "" : ` · ${marked.size} marked`;
    const lines = [out.paint.bold(count === 0 ? "Nobody waits for you." : `${at + 1} of ${count}${several}`), ""];
    if (shown !== undefined) {
      const who = shown.session === undefined ? [shown.asked_by ?? "a program"] : [shown.session, shown.agent];
      const where = [...who, shown.tool].filter((each) => each !== undefined).join(" · ");
      const since = ago(Date.parse(shown.opened_at ?? ""), systemClock.now());
      const due = shown.deadline === undefined ? "" : `, ${shown.on_timeout} at ${shown.deadline.slice(11, 19)} UTC`;
      const mark = marked.has(shown.ask_id) ? "● marked · " : "";
      lines.push(out.paint.dim(cut(oneLine(`${mark}${shown.kind} · ${where} · waits ${since}${due}`), width)), "");
      if (shown.because !== undefined) lines.push(out.paint.dim(cut(oneLine(`asked by ${shown.because}`), width)), "");
      // What is agreed to is seen to its end.
      const body = askLines(shown).flatMap((line) =>
        manyLines(line)
          .split("\n")
          .flatMap((each) => wrapped(each, width)),
      );
      const room = Math.max(5, height - 9);
      lines.push(...body.slice(0, room));
      if (body.length > room)
        lines.push(out.paint.dim(`… ${body.length - room} more lines: orrery call asks.get '{"ask_id":"${shown.ask_id}"}'`));
      if (!shown.is_held) lines.push("", out.paint.yellow("Answer this one where it was asked: nobody waits for it here."));
    }
    lines.push("", note, out.paint.dim(keysLine(shown, marked.size)));
    terminal.show(lines);
  }

  type More = Parameters<typeof toAnswer>[2];
  async function give(ask: AskDetail, said: string, more: More = {}): Promise<string> {
    return decisionLine(await client.asks.answer({ ask_id: ask.ask_id, ...who, answer: toAnswer(ask, said, more) }));
  }

  /** The same to several, those who were quicker with one of them included. */
  async function giveAll(ids: readonly string[], said: string, more: More = {}): Promise<string> {
    const problems: string[] = [];
    for (const ask_id of ids) {
      try {
        await give(await client.asks.get({ ask_id }), said, more);
      } catch (error) {
        if (!(error instanceof OrreryError)) throw error;
        problems.push(error.message);
      }
    }
    const done = ids.length - problems.length;
    return [`${done} ${said === "allow" ? "allowed" : "denied"}`, ...problems].join("; ");
  }

  async function act(meaning: KeyMeaning, ask: AskDetail): Promise<string> {
    const { ask_id } = ask;
    const several = [...marked];
    if (meaning.name === "mark") {
      if (!marked.delete(ask_id)) marked.add(ask_id);
      at++;
      shown = undefined;
      return "";
    }
    if (meaning.name === "say") return several.length > 0 ? giveAll(several, meaning.said) : give(ask, meaning.said);
    if (meaning.name === "withdraw") return decisionLine(await client.asks.withdraw({ ask_id, ...who }));
    if (meaning.name === "always") {
      const always = await askAlways(client, terminal, ask);
      if (always === undefined) return "Nothing was said.";
      const said = await give(ask, "allow", { remember: [...always.remember] });
      return always.also.length === 0 ? said : `${said}; ${await giveAll(always.also, "allow")} with it`;
    }
    if (meaning.name !== "words") return "";
    if (meaning.what === "deny") {
      const message = await terminal.line("Why, or what instead (empty: just deny)? ");
      if (message === undefined) return "Nothing was said.";
      const more = message === "" ? {} : { message };
      if (several.length > 0) return giveAll(several, "deny", more);
      return give(ask, "deny", ask.kind === "question" ? { ...more, decision: "deny" } : more);
    }
    const text = await terminal.line(meaning.what === "answer" ? "Answer: " : "Input as JSON, in place of what is shown: ");
    if (text === undefined || text === "") return "Nothing was said.";
    return meaning.what === "answer" ? give(ask, text) : give(ask, "allow", { input: JSON.parse(text) as unknown });
  }

  for (await look(); !signal.aborted;) {
    const key = await terminal.key(LOOK_EVERY_MS);
    if (key === undefined) {
      if (!signal.aborted) await look();
      continue;
    }
    const meaning = meaningOf(key, shown, marked.size);
    if (meaning.name === "quit") return;
    note = "";
    if (meaning.name === "move") {
      at = Math.max(0, at + meaning.by);
      shown = undefined;
    } else if (shown !== undefined) {
      try {
        note = await act(meaning, shown);
      } catch (error) {
        if (!(error instanceof OrreryError) && !(error instanceof SyntaxError)) throw error;
        note = error.message;
      }
    }
    await look();
  }
}
