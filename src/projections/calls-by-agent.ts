import type { AgentId, CallId } from "../contract/ids.ts";
import { byText } from "../lib/by-text.ts";
import { createFollower } from "../lib/follow.ts";
import { createSortedList, type SortedList } from "../lib/sorted-list.ts";
import type { Call, Calls } from "./calls.ts";

/** The calls of a session in order: of each agent, the first begun first, and those that nothing has ended yet. */
interface CallsByAgent {
  readonly of: ReadonlyMap<AgentId, readonly Call[]>;
  readonly open: ReadonlyMap<CallId, Call>;
}

/** Keeps the calls of a session that goes on in order; looking costs by what came since. */
export function followCalls(): (calls: Calls["map"]) => CallsByAgent {
  const of = new Map<AgentId, readonly Call[]>();
  const lists = new Map<AgentId, SortedList<Call>>();
  const touched = new Set<AgentId>();
  const open = new Map<CallId, Call>();
  const follow = createFollower<CallId, Call>((call_id, before, after) => {
    if (before !== undefined) {
      listOf(before.agent_id).remove(before);
      open.delete(call_id);
    }
    if (after === undefined) return;
    listOf(after.agent_id).add(after);
    if (after.outcome === undefined) open.set(call_id, after);
  });

  function listOf(agentId: AgentId): SortedList<Call> {
    const list = lists.get(agentId) ?? createSortedList<Call>(byStart);
    lists.set(agentId, list);
    touched.add(agentId);
    return list;
  }

  return (calls) => {
    follow(calls);
    for (const agentId of touched) {
      const list = lists.get(agentId)!;
      list.settle();
      of.set(agentId, list.items());
    }
    touched.clear();
    return { of, open };
  };
}

/** Calls in order of their start; one of which only the end is known stands where it ended. */
export function byStart(a: CallTimes, b: CallTimes): number {
  return byText(a.started_at ?? a.ended_at, b.started_at ?? b.ended_at) || byText(a.call_id, b.call_id);
}

type CallTimes = Pick<Call, "call_id" | "started_at" | "ended_at">;
