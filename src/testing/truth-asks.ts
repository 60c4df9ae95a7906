// The asks of a recording against what was really asked.
import { MAIN_AGENT, toId } from "../contract/ids.ts";
import type { Session } from "../projections/session.ts";
import { viewAsks } from "../projections/view-asks.ts";

export interface TrueAsk {
  readonly kind: string;
  readonly call_id: string;
  readonly agent_id: string;
  readonly decision: string;
}

const kinds: Readonly<Record<string, string>> = { elicitation: "question", "automatic review": "review" };
const outcomes: Readonly<Record<string, string>> = { allow: "allowed", deny: "denied", accept: "answered", answered: "answered" };
/** An answer that says more than yes or no is one of the two in the truth. */
const plain: Readonly<Record<string, string>> = { always: "allowed", edited: "allowed", cancelled: "denied" };

/** Each ask in a line: kind, agent, joined call, outcome. */
export function foundAsks(session: Session): string[] {
  return viewAsks(session).map(
    ({ kind, agent_id, call_id, outcome = "open" }) => `${kind} by ${agent_id} of ${call_id} ${plain[outcome] ?? outcome}`,
  );
}

export function realAsks(asks: readonly TrueAsk[]): string[] {
  return asks.map(({ kind, agent_id, call_id, decision }) => {
    const agent = agent_id === "main" ? MAIN_AGENT : toId("agt", agent_id);
    return `${kinds[kind] ?? kind} by ${agent} of ${toId("call", call_id)} ${outcomes[decision] ?? decision}`;
  });
}
