import type { AskDetail } from "../../contract/operations/asks.ts";
import { decisionLine, toAnswer } from "../ask-lines.ts";
import { withDaemon, withExample, type CommandModule } from "../command.ts";
import { badUsage } from "../failure.ts";
import { ruledPart } from "../../projections/ask-answers.ts";
import { keptRule } from "../kept-rule.ts";
import { manyLines } from "../printable.ts";
import { resolveAsk } from "../resolve-ask.ts";
import { clientOf } from "../token-file.ts";

/** Answers one ask. */
export const answer: CommandModule = {
  configure(command) {
    command
      .argument("<id>", "the ask: its id, or the first characters of it")
      .argument("[answer]", "allow or deny; yes or no; of a question the option, its number, or the words; withdraw takes it back")
      .option("--decline", "in place of an answer: no, also to a question")
      .option("--message <text>", "what to tell whoever asked: guidance, a reason")
      .option("--input <json>", "with allow: what to go on with instead of what was asked for");
    command.option("--always <scope>", "with allow: also from now on, for the same command or file: session, project or home");
    withExample(withDaemon(command), "orrery answer 8c1f allow", 'orrery answer 8c1f deny --message "use the test database"');
  },

  async run({ out, env }, options, [id, said]) {
    const client = clientOf(options, env);
    const ask_id = await resolveAsk(client, id!);
    const who = { actor: env["USER"] ?? "local", door: "cli" };
    const message = options["message"] === undefined ? {} : { message: String(options["message"]) };
    const isDeclined = options["decline"] === true;
    if ((said === undefined) !== isDeclined) throw badUsage("say the answer, or --decline");
    const asked = await client.asks.get({ ask_id });
    const decided =
      said === "withdraw"
        ? await client.asks.withdraw({ ask_id, ...who, ...(message.message === undefined ? {} : { reason: message.message }) })
        : await client.asks.answer({
            ask_id,
            ...who,
            answer: toAnswer(asked, said ?? "deny", {
              ...message,
              ...(isDeclined && asked.kind === "question" ? { decision: "deny" as const } : {}),
              ...inputOf(options["input"]),
              ...alwaysOf(asked, options["always"]),
            }),
          });
    out.show({ data: decided, lines: [manyLines(decisionLine(decided))], ids: [ask_id] });
  },
};

function alwaysOf(asked: AskDetail, scope: unknown): { readonly remember?: unknown[] } {
  if (scope === undefined) return {};
  if (scope !== "session" && scope !== "project" && scope !== "home") throw badUsage("--always must be session, project or home");
  const part = ruledPart(asked.input);
  if (part === undefined || asked.tool === undefined)
    throw badUsage("--always needs an ask about one command or file; write a rule into policy.json for more");
  return { remember: [keptRule(asked, scope, part.words)] };
}

function inputOf(text: unknown): { readonly input?: unknown } {
  if (text === undefined) return {};
  try {
    return { input: JSON.parse(String(text)) as unknown };
  } catch (cause) {
    throw badUsage(`--input is not JSON: ${(cause as Error).message}`, cause);
  }
}
