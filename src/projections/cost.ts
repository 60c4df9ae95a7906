import type { EventOf, StoredEvent } from "../contract/events/index.ts";
import type { SessionId } from "../contract/ids.ts";
import { emptyMap, type PersistentMap } from "../lib/persistent-map.ts";
import { canonical, fuse, noRanks, rankOf, type Fused } from "./fuse.ts";
import type { Projection } from "./projection.ts";

/** A running total that the agent program tells. It only rises, so the greatest report is the latest. */
export interface RunningCost extends Fused {
  readonly usd_micros: number;
  readonly base_usd_micros?: number;
  readonly continued_from?: SessionId;
  readonly includes_earlier?: boolean;
}

/** A plan's limit in its newest window: the first and the last report of it, so that its pace is known. */
export interface PlanLimit {
  readonly limit: string;
  readonly resets_at?: string;
  readonly first: LimitReading;
  readonly last: LimitReading;
}
interface LimitReading {
  readonly at: string;
  readonly used_percent: number;
  readonly window_minutes?: number;
  readonly plan?: string;
}

/** What the agent program itself says of money: beside the requests, since no single request has it. */
export interface Reported {
  /** By run: most programs count one. */
  readonly running: PersistentMap<string, RunningCost>;
  readonly limits: PersistentMap<string, PlanLimit>;
}

/** What a session's total is counted under when its program counts one thing only. */
const ONE_RUN = "session";

export const costProjection: Projection<Reported> = {
  name: "cost",
  initial: { running: emptyMap(), limits: emptyMap() },
  apply(state, event) {
    switch (event.type) {
      case "cost.reported": {
        const { usd_micros, run = ONE_RUN, base_usd_micros, continued_from, includes_earlier } = event.data;
        return withTotal(state, event, run, usd_micros, { base_usd_micros, continued_from, includes_earlier });
      }
      case "turn.ended": {
        const total = event.data["session_cost_usd_micros"];
        return typeof total === "number" ? withTotal(state, event, ONE_RUN, total, {}) : state;
      }
      case "limit.reported":
        return withLimit(state, event);
      default:
        return state;
    }
  },
};

/**
 * What the agent program says that this session cost, without what its totals began with. Undefined when it tells no total, or when a total
 * runs on from earlier work whose amount is not known. `totalOf` gives the total of another session as it stood when this one began.
 */
export function reportedTotal(
  { running }: Reported,
  totalOf: (sessionId: SessionId) => number | undefined = () => undefined,
): number | undefined {
  if (running.size === 0) return undefined;
  let sum = 0;
  for (const { usd_micros, base_usd_micros, continued_from, includes_earlier } of running.values()) {
    const base = base_usd_micros ?? (continued_from === undefined ? undefined : totalOf(continued_from));
    if (base === undefined && (continued_from !== undefined || includes_earlier === true)) return undefined;
    sum += Math.max(0, usd_micros - (base ?? 0));
  }
  return sum;
}

/** How a plan's limit stands: used so far, and when it is used up if work goes on at the pace of this window. */
export interface LimitView extends LimitReading {
  readonly limit: string;
  readonly resets_at?: string;
  /** Estimated from the first and the last report; absent where the window ends sooner, or nothing can be said. */
  readonly exhausted_at?: string;
}

const LEAST_SPAN_MS = 60_000;

export function viewLimits({ limits }: Reported, nowMs: number): LimitView[] {
  return [...limits.values()]
    .filter(({ resets_at }) => resets_at === undefined || Date.parse(resets_at) > nowMs)
    .map(({ limit, resets_at, first, last }) => {
      const spanMs = Date.parse(last.at) - Date.parse(first.at);
      const rise = last.used_percent - first.used_percent;
      const endMs = spanMs < LEAST_SPAN_MS || rise <= 0 ? undefined : Date.parse(last.at) + ((100 - last.used_percent) / rise) * spanMs;
      const isInTime = endMs !== undefined && endMs < Math.min(Date.parse(resets_at ?? "") || Infinity, 8.64e15);
      return {
        limit,
        ...last,
        ...(resets_at === undefined ? {} : { resets_at }),
        ...(isInTime ? { exhausted_at: new Date(endMs).toISOString() } : {}),
      };
    })
    .toSorted((a, b) => (a.limit < b.limit ? -1 : 1));
}

function withTotal(
  state: Reported,
  event: StoredEvent,
  run: string,
  usd_micros: number,
  origin: Partial<Omit<RunningCost, "from">>,
): Reported {
  const before = state.running.get(run);
  const fused = fuse<RunningCost>(before ?? { usd_micros, from: noRanks }, origin, rankOf(event.source));
  const greatest = Math.max(fused.usd_micros, usd_micros);
  if (fused === before && greatest === before.usd_micros) return state;
  return { ...state, running: state.running.set(run, { ...fused, usd_micros: greatest }) };
}

function withLimit(state: Reported, event: EventOf<"limit.reported">): Reported {
  const { limit, used_percent, resets_at, window_minutes, plan } = event.data;
  const reading: LimitReading = {
    at: event.timestamp,
    used_percent,
    ...(window_minutes === undefined ? {} : { window_minutes }),
    ...(plan === undefined ? {} : { plan }),
  };
  const before = state.limits.get(limit);
  const isNewWindow = before === undefined || (resets_at ?? "") > (before.resets_at ?? "");
  if (!isNewWindow && (resets_at ?? "") < (before.resets_at ?? "")) return state;
  const first = isNewWindow || isBefore(reading, before.first) ? reading : before.first;
  const last = isNewWindow || isBefore(before.last, reading) ? reading : before.last;
  if (!isNewWindow && first === before.first && last === before.last) return state;
  return { ...state, limits: state.limits.set(limit, { limit, ...(resets_at === undefined ? {} : { resets_at }), first, last }) };
}

/** A whole order, so that which reading is first and which is last does not depend on their arrival. */
function isBefore(a: LimitReading, b: LimitReading): boolean {
  return a.at === b.at ? canonical(a) < canonical(b) : a.at < b.at;
}
