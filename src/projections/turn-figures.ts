import { MAIN_AGENT, type TurnId } from "../contract/ids.ts";
import { contextOf, lastBegun, requestsByTurn } from "./cache.ts";
import { visibleMarks } from "./marks.ts";
import type { Session } from "./session.ts";
import type { Turn } from "./turns.ts";
import { addTokens, noTokens, type Buckets, type Request } from "./usage.ts";
import { viewTurns } from "./views.ts";
import { byText } from "../lib/by-text.ts";

/** One turn with everything that is known of its work. Counts that no source can have told are absent, never zero. */
export interface TurnFigures {
  readonly turn: Turn;
  readonly requests: readonly Request[];
  /** Of those requests whose tokens somebody told. */
  readonly tokens: Buckets;
  /** Each once, in the order in which they answered. */
  readonly models: readonly string[];
  readonly calls: number;
  /** Calls that ended in an error, a timeout or as invalid. */
  readonly failed_calls: number;
  /** Model requests that failed. */
  readonly failed_requests: number;
  readonly compactions: number;
  /** Tokens in the agent's own context after the turn's newest request. */
  readonly context_tokens?: number;
}

/** The turns of all agents in order. What names no turn belongs to the last one that its agent had begun. */
export function turnFigures(session: Session): TurnFigures[] {
  const turns = viewTurns(session);
  const requestsOf = requestsByTurn(session);
  const turnAt = turnFinder(turns);
  const known = new Set(turns.map(({ turn_id }) => turn_id));
  const turnOfRequest = new Map([...requestsOf].flatMap(([turn, own]) => own.map(({ request_id }) => [request_id, turn] as const)));

  const calls = new Map<TurnId, number>();
  const failed = new Map<TurnId, number>();
  for (const call of session.calls.map.values()) {
    const at = call.started_at ?? call.ended_at;
    const named = call.turn_id ?? (call.request_id === undefined ? undefined : turnOfRequest.get(call.request_id));
    const turn = named !== undefined && known.has(named) ? named : at === undefined ? undefined : turnAt(call.agent_id, at);
    if (turn === undefined) continue;
    add(calls, turn);
    if (call.outcome === "error" || call.outcome === "timeout" || call.outcome === "invalid") add(failed, turn);
  }
  const compactions = new Map<TurnId, number>();
  const failedRequests = new Map<TurnId, number>();
  for (const mark of visibleMarks(session.marks)) {
    const turn = turnAt(mark.agent_id, mark.at) ?? turnAt(MAIN_AGENT, mark.at);
    if (turn === undefined) continue;
    if (mark.kind === "compacted") add(compactions, turn);
    if (mark.kind === "model_failed") add(failedRequests, turn);
  }

  return turns.map((turn) => {
    const requests = (requestsOf.get(turn.turn_id) ?? []).toSorted((a, b) => byText(a.at, b.at) || byText(a.request_id, b.request_id));
    const newest = requests.findLast(
      ({ agent_id, usage, purpose }) => agent_id === turn.agent_id && usage !== undefined && purpose === undefined,
    );
    return {
      turn,
      requests,
      tokens: requests.reduce((sum, { usage }) => addTokens(sum, usage ?? {}), noTokens),
      models: [...new Set(requests.flatMap(({ model }) => model ?? []))],
      calls: calls.get(turn.turn_id) ?? 0,
      failed_calls: failed.get(turn.turn_id) ?? 0,
      failed_requests: failedRequests.get(turn.turn_id) ?? 0,
      compactions: compactions.get(turn.turn_id) ?? 0,
      ...(newest === undefined ? {} : { context_tokens: contextOf(newest) }),
    };
  });
}

/** Finds the last turn that an agent had begun at a moment. */
function turnFinder(turns: readonly Turn[]): (agent: string, at: string) => TurnId | undefined {
  const begun = Map.groupBy(
    turns.filter(({ started_at }) => started_at !== undefined),
    ({ agent_id }) => agent_id as string,
  );
  return (agent, at) => lastBegun(begun.get(agent) ?? [], at)?.turn_id;
}

function add(counts: Map<TurnId, number>, turn: TurnId): void {
  counts.set(turn, (counts.get(turn) ?? 0) + 1);
}
