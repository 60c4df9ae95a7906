import type { AgentId, CallId } from "../contract/ids.ts";
import { byText } from "../lib/by-text.ts";
import { createFollower } from "../lib/follow.ts";
import { insertSorted, removeSorted } from "../lib/sorted.ts";
import type { Call, Calls } from "./calls.ts";

/** The calls of a session in order: of each agent, the first begun first, and those that nothing has ended yet. */
interface CallsByAgent {
  readonly of: ReadonlyMap<AgentId, readonly Call[]>;
  readonly open: ReadonlyMap<CallId, Call>;
}

/** Keeps the calls of a session that goes on in order; looking costs by what came since. */
export function followCalls(): (calls: Calls["map"]) => CallsByAgent {
  const of = new Map<AgentId, Call[]>();
  const open = new Map<CallId, Call>();
  const follow = createFollower<CallId, Call>((call_id, before, after) => {
    if (before !== undefined) {
      removeSorted(of.get(before.agent_id)!, before, byStart);
      open.delete(call_id);
    }
    if (after === undefined) return;
    const calls = of.get(after.agent_id) ?? [];
    of.set(after.agent_id, calls);
    insertSorted(calls, after, byStart);
    if (after.outcome === undefined) open.set(call_id, after);
  });
  return (calls) => {
    follow(calls);
    return { of, open };
  };
}

/** Calls in order of their start; one of which only the end is known stands where it ended. */
export function byStart(a: CallTimes, b: CallTimes): number {
  return byText(a.started_at ?? a.ended_at, b.started_at ?? b.ended_at) || byText(a.call_id, b.call_id);
}

type CallTimes = Pick<Call, "call_id" | "started_at" | "ended_at">;
