import { turnBegun } from "./cache.ts";
import type { Session } from "./session.ts";
import { viewCalls, viewTurns, type CallView } from "./views.ts";

/** Calls by start, each with the turn that it belongs to; or one turn after another. */
export function callsByTurn(session: Session, isByTurn: boolean): CallView[] {
  const begun = turnBegun(session);
  const calls = viewCalls(session).map((call) => {
    const turn_id = call.turn_id ?? begun(call.agent_id, call.started_at ?? call.ended_at ?? "");
    return turn_id === undefined ? call : { ...call, turn_id };
  });
  if (!isByTurn) return calls;
  const places = new Map(viewTurns(session).map(({ turn_id }, index) => [turn_id, index]));
  const placeOf = ({ turn_id }: CallView) => places.get(turn_id!) ?? places.size;
  return calls.toSorted((a, b) => placeOf(a) - placeOf(b));
}
