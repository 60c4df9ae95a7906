import type { Answer, AskRow } from "../contract/operations/asks.ts";

/** A yes or no to an ask of any kind but a question; `message` goes to whoever asked. */
export function decisionOf({ kind }: Pick<AskRow, "kind">, isYes: boolean, message?: string): Answer {
  const said = message === undefined || message === "" ? {} : { message };
  return kind === "permission" ? { decision: isYes ? "allow" : "deny", ...said } : { approved: isYes, ...said };
}

/** Whether it is answered here, and by a yes or a no. */
export function takesDecision({ kind, state, is_held }: Pick<AskRow, "kind" | "state" | "is_held">): boolean {
  return state === "open" && is_held && kind !== "question";
}
