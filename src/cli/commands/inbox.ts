import { createInterface } from "node:readline/promises";
import type { Client } from "../../client/index.ts";
import { OrreryError } from "../../contract/errors.ts";
import type { AskDetail } from "../../contract/operations/asks.ts";
import { systemClock } from "../../lib/clock.ts";
import { askLines, decisionLine, toAnswer } from "../ask-lines.ts";
import { withDaemon, withExample, type CommandModule, type Context } from "../command.ts";
import { keysLine, meaningOf, type KeyMeaning } from "../inbox-keys.ts";
import { ago, cut, manyLines, oneLine } from "../printable.ts";
import { asks } from "./asks.ts";
import { clientOf } from "../token-file.ts";

const LOOK_EVERY_MS = 1_000;
const CLEAR = "\u001B[H\u001B[2J\u001B[3J";

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
    await answerByKeys(client, context);
  },
};

async function answerByKeys(client: Client, { out, env, signal }: Context): Promise<void> {
  const { stdin, stdout } = process;
  const who = { actor: env["USER"] ?? "local", door: "cli" };
  let shown: AskDetail | undefined;
  let at = 0;
  let note = "";
  let isTyping = false;
  const keys: string[] = [];
  let wake = (): void => undefined;
  const onKey = (chunk: Buffer): void => {
    keys.push(chunk.toString("utf8"));
    wake();
  };

  async function look(): Promise<void> {
    const { items } = await client.asks.list({ limit: 200 });
    // The oldest first: whoever waits longest. What is shown stays where it is while others come and go.
    const open = items.toReversed();
    const same = open.findIndex(({ ask_id }) => ask_id === shown?.ask_id);
    at = Math.max(0, Math.min(same === -1 ? at : same, open.length - 1));
    const row = open[at];
    shown = row === undefined ? undefined : await client.asks.get({ ask_id: row.ask_id });
    draw(open.length);
  }

  function draw(count: number): void {
    const width = stdout.columns;
    const lines = [out.paint.bold(count === 0 ? "Nobody waits for you." : `${at + 1} of ${count}`), ""];
    if (shown !== undefined) {
      const where = [shown.session, shown.agent, shown.tool].filter((each) => each !== undefined).join(" · ");
      const since = ago(Date.parse(shown.opened_at ?? ""), systemClock.now());
      const due = shown.deadline === undefined ? "" : `, ${shown.on_timeout} at ${shown.deadline.slice(11, 19)} UTC`;
      lines.push(
        out.paint.dim(cut(oneLine(`${shown.kind} · ${where || (shown.asked_by ?? "a program")} · waits ${since}${due}`), width)),
        "",
      );
      if (shown.because !== undefined) lines.push(out.paint.dim(cut(oneLine(`asked by ${shown.because}`), width)), "");
      const body = askLines(shown).flatMap((line) => manyLines(line).split("\n"));
      const room = Math.max(5, stdout.rows - 9);
      lines.push(...body.slice(0, room).map((line) => cut(line, width)));
      if (body.length > room)
        lines.push(out.paint.dim(`… ${body.length - room} more lines: orrery call asks.get '{"ask_id":"${shown.ask_id}"}'`));
      if (!shown.is_held) lines.push("", out.paint.yellow("Answer this one where it was asked: nobody waits for it here."));
    }
    lines.push("", note, out.paint.dim(keysLine(shown)));
    stdout.write(`${CLEAR}${lines.join("\r\n")}\r\n`);
  }

  async function typed(label: string): Promise<string | undefined> {
    isTyping = true;
    stdin.off("data", onKey).setRawMode(false);
    const reader = createInterface({ input: stdin, output: stdout });
    try {
      const text = (await reader.question(label, { signal })).trim();
      return text === "" ? undefined : text;
    } finally {
      reader.close();
      isTyping = false;
      listen();
    }
  }

  function listen(): void {
    stdin.setRawMode(true).resume().on("data", onKey);
  }

  async function act(meaning: KeyMeaning, ask: AskDetail): Promise<void> {
    const { ask_id } = ask;
    const give = async (said: string, more: Parameters<typeof toAnswer>[2] = {}) =>
      decisionLine(await client.asks.answer({ ask_id, ...who, answer: toAnswer(ask, said, more) }));
    try {
      if (meaning.name === "say") note = await give(meaning.said);
      else if (meaning.name === "withdraw") note = decisionLine(await client.asks.withdraw({ ask_id, ...who }));
      else if (meaning.name === "words" && meaning.what === "deny") {
        const message = await typed("Why, or what instead (empty: just deny)? ");
        note = await give("deny", message === undefined ? {} : { message });
      } else if (meaning.name === "words" && meaning.what === "answer") {
        const text = await typed("Answer: ");
        note = text === undefined ? "Nothing was said." : await give(text);
      } else if (meaning.name === "words") {
        const text = await typed("Input as JSON, in place of what is shown: ");
        note = text === undefined ? "Nothing was said." : await give("allow", { input: JSON.parse(text) as unknown });
      }
    } catch (error) {
      if (!(error instanceof OrreryError) && !(error instanceof SyntaxError)) throw error;
      note = error.message;
    }
  }

  listen();
  try {
    for (await look(); !signal.aborted;) {
      const key = keys.shift();
      if (key === undefined) {
        const next = Promise.withResolvers<void>();
        wake = next.resolve;
        const cancel = systemClock.after(LOOK_EVERY_MS, next.resolve);
        signal.addEventListener("abort", wake, { once: true });
        await next.promise;
        cancel();
        if (keys.length === 0 && !isTyping) await look();
        continue;
      }
      const meaning = meaningOf(key, shown);
      if (meaning.name === "quit") return;
      note = "";
      if (meaning.name === "move") {
        at = Math.max(0, at + meaning.by);
        shown = undefined;
      } else if (shown !== undefined) await act(meaning, shown);
      await look();
    }
  } finally {
    stdin.off("data", onKey).setRawMode(false).pause();
  }
}
