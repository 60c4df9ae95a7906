import type { AskRow } from "../contract/operations/asks.ts";
import type { Notice } from "../contract/operations/push.ts";
import { decisionOf, isRisky, takesDecision } from "./ask-answers.ts";

/** What a lock screen can hold; the whole stands in the inbox. */
const LONGEST_TITLE = 100;
export const LONGEST_BODY = 600;
/** So much of each text of an ask stands in its row. */
export const PROMPT_PREVIEW = 400;

/**
 * An ask as a notification. Deny can be pressed on it wherever a yes or no is the answer; allow not where the risk is high: such a thing is looked at whole
 * before it is let through, and so is what is longer than its row.
 */
export function noticeOf(ask: AskRow): Notice {
  const { ask_id, kind, tool, agent, session, asked_by, prompt = "", subject = "" } = ask;
  const isWhole = prompt.length < PROMPT_PREVIEW && subject.length < PROMPT_PREVIEW;
  const who = (session === undefined ? [asked_by] : [agent, session]).filter((name) => name !== undefined && name !== "").join(", ");
  const yes = { action: "yes", title: kind === "permission" ? "Allow" : "Approve", answer: decisionOf(ask, true) };
  const no = { action: "no", title: "Deny", answer: decisionOf(ask, false) };
  return {
    id: ask_id,
    title: cut(`${tool ?? kind}${who === "" ? "" : ` · ${who}`}`, LONGEST_TITLE),
    path: `/inbox?ask=${encodeURIComponent(ask_id)}`,
    body: cut(`${isRisky(ask) ? "High risk. " : ""}${[subject, prompt].filter(Boolean).join("\n")}`, LONGEST_BODY),
    actions: takesDecision(ask) ? (isRisky(ask) || !isWhole ? [no] : [yes, no]) : [],
  };
}

export function cut(words: string, length: number): string {
  return words.length <= length ? words : `${words.slice(0, length - 1)}…`;
}
