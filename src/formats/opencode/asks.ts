import type { AskOutcome } from "../../contract/events/ask.ts";
import type { EventDraft } from "../../contract/events/index.ts";
import { toId } from "../../contract/ids.ts";
import { fields, list, oneLine, str, type Fields } from "../fields.ts";

type DataOf<T extends EventDraft["type"]> = Extract<EventDraft, { type: T }>["data"];

const outcomes: ReadonlyMap<string, AskOutcome> = new Map([
  ["once", "allowed"],
  ["always", "always"],
  ["reject", "denied"],
]);

/** What `permission.asked` or `question.asked` wants to know. `key` stands for an id that is missing. */
export function asked(type: string, properties: Fields, key: string): DataOf<"ask.opened"> {
  const isQuestion = type.startsWith("question.");
  const call = str(fields(properties["tool"])?.["callID"]);
  const metadata = fields(properties["metadata"]);
  const words = isQuestion
    ? str(fields(list(properties["questions"])[0])?.["question"])
    : (str(metadata?.["command"]) ?? str(metadata?.["filepath"]) ?? str(list(properties["patterns"])[0]));
  return {
    ask_id: toId("ask", str(properties["id"]) ?? key),
    kind: isQuestion ? "question" : "permission",
    call_id: call === undefined ? undefined : toId("call", call),
    tool: str(properties["permission"]),
    prompt: words === undefined ? undefined : oneLine(words),
    input: metadata ?? properties["questions"],
  };
}

export function replied(type: string, properties: Fields, key: string): DataOf<"ask.answered"> {
  const outcome: AskOutcome =
    type === "question.replied"
      ? "answered"
      : type === "question.rejected"
        ? "cancelled"
        : (outcomes.get(str(properties["reply"]) ?? "") ?? "unknown");
  const answer = properties["answers"] ?? properties["reply"];
  return { ask_id: toId("ask", str(properties["requestID"]) ?? key), outcome, answer, message: str(properties["message"]), by: "user" };
}
