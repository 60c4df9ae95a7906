import type { AgentId } from "../contract/ids.ts";
import { noCalls, type CallTotals } from "./calls.ts";
import type { Session } from "./session.ts";

/** How often one tool was called, by how the calls ended. `total` is the sum of all; `tool` is absent where no source has named it yet. */
export interface ToolCount extends CallTotals {
  readonly tool?: string;
  readonly total: number;
}

/** The tools of each agent, the most called first. Exact also where the calls themselves have been let go. */
export function toolsByAgent({ calls }: Session): ReadonlyMap<AgentId, readonly ToolCount[]> {
  const byAgent = new Map<AgentId, ToolCount[]>();
  for (const { agent_id, tool, counts } of calls.tools.values()) {
    const count = { ...(tool === undefined ? {} : { tool }), ...counts, total: totalOf(counts) };
    const known = byAgent.get(agent_id);
    if (known === undefined) byAgent.set(agent_id, [count]);
    else known.push(count);
  }
  for (const counts of byAgent.values()) counts.sort(byUse);
  return byAgent;
}

/** The tools of many agents as one list, the most called first. */
export function sumTools(lists: Iterable<readonly ToolCount[]>): ToolCount[] {
  const sums = new Map<string | undefined, ToolCount>();
  for (const list of lists)
    for (const count of list) {
      const before = sums.get(count.tool);
      sums.set(count.tool, before === undefined ? count : addCounts(before, count));
    }
  return [...sums.values()].toSorted(byUse);
}

function addCounts(a: ToolCount, b: ToolCount): ToolCount {
  const sum = { ...a, total: a.total + b.total };
  for (const key of Object.keys(noCalls) as (keyof CallTotals)[]) sum[key] += b[key];
  return sum;
}

function totalOf(counts: CallTotals): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function byUse(a: ToolCount, b: ToolCount): number {
  return b.total - a.total || ((a.tool ?? "") < (b.tool ?? "") ? -1 : 1);
}
