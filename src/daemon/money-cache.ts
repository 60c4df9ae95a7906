import type { SessionId } from "../contract/ids.ts";
import type { Handlers, InputFor, OutputFor } from "../contract/operations/index.ts";
import type { CacheDrop } from "../contract/operations/money.ts";
import type { Clock } from "../lib/clock.ts";
import type { PricesAt } from "../money/cost.ts";
import { dropCost } from "../money/drop-cost.ts";
import { cacheDrops, cacheRateOf } from "../projections/cache.ts";
import { viewLimits } from "../projections/cost.ts";
import type { Session } from "../projections/session.ts";
import { addTokens, noTokens, spendOf, type Buckets } from "../projections/usage.ts";
import type { SessionView } from "../projections/views.ts";
import type { History } from "./history.ts";

/** The cache's drops of a session, each with what it cost. */
export function pricedDrops(session: Session, pricesAt: PricesAt): CacheDrop[] {
  return cacheDrops(session).map((drop) => {
    const request = session.usage.requests.get(drop.request_id as never);
    const cost = request === undefined ? undefined : dropCost(spendOf(request), drop.lost, pricesAt);
    return cost === undefined ? drop : { ...drop, cost_usd_micros: cost };
  });
}

type CacheHistory = OutputFor<"cache.get">;

interface Deps {
  readonly clock: Pick<Clock, "now" | "sleep">;
  readonly summaries: () => readonly SessionView[];
  readonly session: (id: SessionId) => Session | undefined;
  readonly history: Pick<History, "wholeInPieces">;
  readonly head: () => number;
  readonly pricesAt: PricesAt;
}

/** Requests are not kept in sums: drops are found by folding sessions anew, so many at most, the latest first. */
const LOOKED_INTO = 200;
const LISTED = 50;
/** Limits are told anew in every session: beyond these nothing newer is found. */
const SESSIONS_WITH_LIMITS = 40;

/** What the daemon answers about the cache over time and about plan limits. */
export function createCacheHandlers(deps: Deps): Pick<Handlers, "cache.get" | "limits.list"> {
  const { clock, summaries, session, history, head, pricesAt } = deps;
  /** Drops of a session as it last was; a session that has grown is folded again. */
  const known = new Map<SessionId, { readonly last_at: string; readonly drops: readonly CacheDrop[] }>();

  async function dropsOf({ session_id, facts }: SessionView): Promise<readonly CacheDrop[]> {
    const last_at = facts.last_at ?? "";
    const before = known.get(session_id);
    if (before?.last_at === last_at) return before.drops;
    // Others are served between one long session and the next.
    await clock.sleep(0);
    const whole = await history.wholeInPieces(session_id, { seq: head() });
    const drops = whole === undefined ? [] : pricedDrops(whole, pricesAt);
    known.delete(session_id);
    known.set(session_id, { last_at, drops });
    if (known.size > 2 * LOOKED_INTO) known.delete(known.keys().next().value!);
    return drops;
  }

  return {
    "cache.get": async ({ project, since = "", until = "9999-99-99" }: InputFor<"cache.get">): Promise<CacheHistory> => {
      const isWithin = (day: string) => day >= since && day <= until;
      const views = summaries()
        .filter(({ facts }) => project === undefined || facts.project === project)
        .map((view) => ({ view, lines: ((view.spend as SessionView["spend"] | undefined) ?? []).filter(({ day }) => isWithin(day)) }))
        .filter(({ lines }) => lines.length > 0)
        .toSorted((a, b) => ((a.view.facts.last_at ?? "") < (b.view.facts.last_at ?? "") ? 1 : -1));
      const tokens = new Map<string, Buckets>();
      for (const { day, tokens: own } of views.flatMap(({ lines }) => lines)) tokens.set(day, addTokens(tokens.get(day) ?? noTokens, own));
      const looked = views.slice(0, LOOKED_INTO);
      const drops: CacheHistory["items"] = [];
      for (const { view } of looked)
        for (const drop of await dropsOf(view))
          if (isWithin(drop.at.slice(0, 10))) drops.push({ ...drop, session_id: view.session_id, title: view.title });
      const byDay = Map.groupBy(drops, ({ at }) => at.slice(0, 10));
      return {
        days: [...tokens]
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([day, own]) => ({ day, cache: cacheRateOf(own), ...sumOf(byDay.get(day) ?? []) })),
        reasons: [...Map.groupBy(drops, ({ reason }) => reason)]
          .map(([reason, own]) => ({ reason, ...sumOf(own), unpriced: own.filter((drop) => drop.cost_usd_micros === undefined).length }))
          .toSorted((a, b) => b.lost - a.lost),
        items: drops.toSorted((a, b) => (a.at < b.at ? 1 : -1)).slice(0, LISTED),
        looked_into: looked.length,
        left_out: views.length - looked.length,
      };
    },

    "limits.list": () => {
      const latest = summaries()
        .toSorted((a, b) => ((a.facts.last_at ?? "") < (b.facts.last_at ?? "") ? 1 : -1))
        .slice(0, SESSIONS_WITH_LIMITS);
      const told = latest.flatMap(({ session_id, facts }) => {
        const reported = session(session_id)?.reported;
        const limits = reported === undefined ? [] : viewLimits(reported, clock.now());
        return limits.map((limit) => ({ ...limit, app: facts.app ?? "unknown", session_id }));
      });
      const newest = [...Map.groupBy(told, ({ app, limit }) => `${app} ${limit}`).values()].map((own) =>
        own.reduce((a, b) => (b.at > a.at ? b : a)),
      );
      return { items: newest.toSorted((a, b) => (`${a.app} ${a.limit}` < `${b.app} ${b.limit}` ? -1 : 1)) };
    },
  };
}

function sumOf(drops: readonly CacheDrop[]): { drops: number; lost: number; cost_usd_micros?: number } {
  const priced = drops.flatMap(({ cost_usd_micros }) => cost_usd_micros ?? []);
  return {
    drops: drops.length,
    lost: drops.reduce((sum, { lost }) => sum + lost, 0),
    ...(priced.length === 0 ? {} : { cost_usd_micros: priced.reduce((sum, cost) => sum + cost, 0) }),
  };
}
