import type { SessionId } from "../contract/ids.ts";
import type { Spend } from "../contract/operations/money.ts";
import type { Clock } from "../lib/clock.ts";
import { toolShares, type ToolShare } from "../projections/tool-shares.ts";
import type { SessionView } from "../projections/views.ts";
import type { History } from "./history.ts";

/** What a session spent in all, and the same divided by tool. */
export interface ToolUse {
  readonly lines: readonly Spend[];
  readonly shares: readonly ToolShare[];
}

export type ToolUses = ReadonlyMap<string, ToolUse>;

/** Sums do not know which call belongs to which request: sessions are folded anew for that, so many at most, the latest first. */
const LOOKED_INTO = 200;

interface Deps {
  readonly clock: Pick<Clock, "sleep">;
  readonly history: Pick<History, "wholeInPieces">;
  readonly head: () => number;
}

/** Divides what sessions spent by tool. A session that has not changed since is not folded again. */
export function createToolUses({ clock, history, head }: Deps): (views: readonly SessionView[]) => Promise<ToolUses> {
  const known = new Map<string, { readonly as: string; readonly use: ToolUse }>();

  async function dividedOf(view: SessionView): Promise<ToolUse | undefined> {
    const as = JSON.stringify([view.facts.last_at, view.requests, view.tokens, view.calls, view.spend]);
    const before = known.get(view.session_id);
    if (before?.as === as) return before.use;
    // Others are served between one long session and the next.
    await clock.sleep(0);
    const whole = await history.wholeInPieces(view.session_id as SessionId, { seq: head() });
    if (whole === undefined) return undefined;
    const use = { lines: [...whole.usage.totals.values()], shares: toolShares(whole) };
    known.delete(view.session_id);
    known.set(view.session_id, { as, use });
    if (known.size > 2 * LOOKED_INTO) known.delete(known.keys().next().value!);
    return use;
  }

  return async (views) => {
    const latest = views
      .filter(({ requests }) => requests > 0)
      .toSorted((a, b) => ((a.facts.last_at ?? "") < (b.facts.last_at ?? "") ? 1 : -1))
      .slice(0, LOOKED_INTO);
    const uses = new Map<string, ToolUse>();
    for (const view of latest) {
      const use = await dividedOf(view);
      if (use !== undefined) uses.set(view.session_id, use);
    }
    return uses;
  };
}
