import type { AgentId } from "../../../../src/contract/ids.ts";
import type { Mark } from "../../../../src/projections/marks.ts";
import type { Message } from "../../../../src/projections/messages.ts";
import type { Turn } from "../../../../src/projections/turns.ts";
import type { Buckets } from "../../../../src/projections/usage.ts";
import type { AskView } from "../../../../src/projections/view-asks.ts";
import type { AgentView, CallView } from "../../../../src/projections/views.ts";
import { byText } from "../../../../src/lib/by-text.ts";

/** One row of a conversation. `depth` counts the agents that it lies inside of. */
export type Row = { readonly key: string; readonly depth: number; readonly at: string } & (
  | { readonly kind: "message"; readonly message: Message }
  | { readonly kind: "call"; readonly call: CallView; readonly asks: readonly AskView[]; readonly agents: readonly AgentView[] }
  | { readonly kind: "agent"; readonly agent: AgentView; readonly isOpen: boolean; readonly rows: number }
  | { readonly kind: "ask"; readonly ask: AskView }
  | { readonly kind: "mark"; readonly mark: Mark }
  | { readonly kind: "turn"; readonly turn: Turn; readonly requests: number; readonly tokens: Buckets }
);
export type TurnRow = Extract<Row, { kind: "turn" }>;

/** The order of rows: by time; at one moment by kind, and then by what makes it the same for the same rows in any order. */
export function compareRows(a: Row, b: Row): number {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1;
  return a.kind === b.kind ? byText(tieOf(a), tieOf(b)) : order.indexOf(a.kind) - order.indexOf(b.kind);
}

/** Whose conversation a row was told in; of the row of an agent, that agent. */
export function agentOf(row: Row): AgentId {
  switch (row.kind) {
    case "message":
      return row.message.agent_id;
    case "call":
      return row.call.agent_id;
    case "agent":
      return row.agent.agent_id;
    case "mark":
      return row.mark.agent_id;
    case "ask":
      return row.ask.agent_id;
    case "turn":
      return row.turn.agent_id;
  }
}

const order: readonly Row["kind"][] = ["message", "call", "mark", "ask", "agent", "turn"];

function tieOf(row: Row): string {
  if (row.kind === "mark") return `${row.mark.text} ${row.key}`;
  return row.kind === "turn" ? `${row.turn.started_at ?? row.turn.ended_at ?? ""} ${row.key}` : row.key;
}
