import type { AskId } from "../../contract/ids.ts";
import type { AskDetail } from "../../contract/operations/asks.ts";
import { randomId } from "../../lib/ids.ts";
import { decisionLine } from "../ask-lines.ts";
import { awaitAnswer } from "../await-answer.ts";
import { withDaemon, withExample, type CommandModule } from "../command.ts";
import { durationMs } from "../duration.ts";
import { badUsage } from "../failure.ts";
import { manyLines } from "../printable.ts";
import { resolveSession } from "../resolve-session.ts";
import { clientOf } from "../token-file.ts";

const ON_TIMEOUT = ["deny", "allow", "wait", "escalate"] as const;
/** Exit codes that a script can go by. */
const NO = 1;
const TAKEN_BACK = 2;
const NOBODY_ANSWERED = 124;

/** Asks people and waits for their answer. */
export const ask: CommandModule = {
  configure(command) {
    command
      .argument("<question>", "what people are asked")
      .option("--choices <list>", "the answers to choose from, with commas between")
      .option("--yes-no", "asks for a yes or a no")
      .option("--deadline <time>", "how long to wait at most, such as 90s, 10m, 2h; without it, as long as it takes")
      .option("--on-timeout <what>", `what happens at the deadline: ${ON_TIMEOUT.join(", ")}`, "deny")
      .option("--id <id>", "an id of your own: asking again with it comes back to the same ask")
      .option("--session <id>", "the session that it belongs to")
      .option("--detach", "print the id and do not wait")
      .addHelpText(
        "after",
        `\nExit code: 0 answered or yes, ${NO} no, ${TAKEN_BACK} taken back, ${NOBODY_ANSWERED} nobody answered by the deadline. The answer is printed.`,
      );
    withExample(
      withDaemon(command),
      'orrery ask "Deploy to production?" --yes-no --deadline 10m && ./deploy',
      'branch=$(orrery ask "Which branch?" --choices main,next)',
    );
  },

  async run({ out, env, signal }, options, [question]) {
    const choices =
      options["choices"] === undefined
        ? undefined
        : String(options["choices"])
            .split(",")
            .map((each) => each.trim());
    if (choices !== undefined && options["yesNo"] === true) throw badUsage("--choices and --yes-no cannot be given together");
    const on_timeout = ON_TIMEOUT.find((each) => each === options["onTimeout"]);
    if (on_timeout === undefined) throw badUsage(`--on-timeout must be one of ${ON_TIMEOUT.join(", ")}`);
    const connect = () => clientOf(options, env);
    const given = options["id"] === undefined ? randomId("ask") : String(options["id"]);
    const ask_id = (given.startsWith("ask_") ? given : `ask_${given}`) as AskId;
    const who = { actor: env["USER"] ?? "local", door: "cli" };
    const opened = await connect().asks.create({
      ask_id,
      kind: options["yesNo"] === true ? "gate" : "question",
      prompt: question!,
      on_timeout,
      ...who,
      ...(choices === undefined ? {} : { options: choices.filter(Boolean).map((id) => ({ id })) }),
      ...(options["deadline"] === undefined ? {} : { deadline_ms: durationMs(String(options["deadline"]), "--deadline") }),
      ...(options["session"] === undefined ? {} : { session_id: await resolveSession(connect(), String(options["session"])) }),
    });
    if (options["detach"] === true) {
      out.show({ data: opened, lines: [ask_id], ids: [ask_id] });
      return 0;
    }
    if (opened.state === "open") out.hint(`Waiting for an answer to ${ask_id}: orrery inbox`);
    try {
      const decided = await awaitAnswer({
        connect,
        ask: opened,
        signal,
        onAway: () => out.hint("Orrery is away. Waiting for it to come back."),
      });
      out.show({ data: decided, lines: [manyLines(decisionLine(decided))], ids: [decisionLine(decided)] });
      return exitCode(decided);
    } catch (error) {
      // Nobody would hear the answer any more.
      if (signal.aborted)
        await connect()
          .asks.withdraw({ ask_id, reason: "interrupted", ...who }, { timeoutMs: 1_000 })
          .catch(() => undefined);
      throw error;
    }
  },
};

function exitCode({ outcome }: AskDetail): number {
  switch (outcome) {
    case "denied":
      return NO;
    case "expired":
      return NOBODY_ANSWERED;
    case "cancelled":
    case "unknown":
      return TAKEN_BACK;
    default:
      return 0;
  }
}
