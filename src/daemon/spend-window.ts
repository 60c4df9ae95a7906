import type { EventOf, StoredEvent } from "../contract/events/index.ts";
import type { RequestId, SessionId } from "../contract/ids.ts";
import type { Spend } from "../contract/operations/money.ts";
import { createPatientPacer, type Clock } from "../lib/clock.ts";
import { changedKeys } from "../lib/persistent-map.ts";
import type { EventLog } from "../log/log.ts";
import { costOf, type PricesAt } from "../money/cost.ts";
import { addSpend, spendKey, spendOf, usageProjection, type Request, type UsageState } from "../projections/usage.ts";

/** What all sessions spent lately, each request once however many sources told it. Reads each event once. */
export interface SpendWindow {
  /** Millionths of a dollar since a time, as far as prices are known; to `SLICE_MS`. In no hurry until `signal` is aborted. */
  since(ms: number, signal?: AbortSignal): Promise<number>;
}

interface Deps {
  readonly log: Pick<EventLog, "read">;
  readonly clock: Pick<Clock, "now" | "sleep">;
  readonly pricesAt: PricesAt;
}

type Told = EventOf<"model.responded"> & { readonly session_id: SessionId };

const SLICE_MS = 10_000;
const PAGE = 200;
/**
 * What is read reaches so much further back than was asked: a request may have been told before by another source, and who asks again comes
 * late by as long as its own look takes.
 */
const SPARE_MS = 10 * 60_000;
/** Requests that are known one by one. An older one that is told again after so many others counts twice. */
const KNOWN_REQUESTS = 20_000;

export function createSpendWindow({ log, clock, pricesAt }: Deps): SpendWindow {
  const sessions = new Map<SessionId, UsageState>();
  /** Sums by slice of time, and in it by what decides the price. */
  const slices = new Map<number, Map<string, Spend>>();
  const known: { readonly session: SessionId; readonly request: RequestId }[] = [];
  /** From here on all is counted that is read. */
  let fromMs = Infinity;
  let position = 0;
  /** How far back was asked for at most. */
  let reachMs = 0;

  function take(event: Told): void {
    const before = sessions.get(event.session_id) ?? usageProjection.initial;
    const after = usageProjection.apply(before, event);
    sessions.set(event.session_id, after);
    for (const request of changedKeys(before.requests, after.requests)) {
      const [old, now] = [before.requests.get(request), after.requests.get(request)];
      if (old !== undefined) count(old, -1);
      if (now !== undefined) count(now, 1);
      if (old === undefined) known.push({ session: event.session_id, request });
    }
  }

  function count(request: Request, by: 1 | -1): void {
    const slice = sliceOf(Date.parse(request.at));
    if (slice < sliceOf(fromMs)) return;
    const sums = slices.get(slice) ?? new Map<string, Spend>();
    const line = spendOf(request);
    const key = spendKey(line);
    const sum = sums.get(key);
    sums.set(key, sum === undefined ? line : addSpend(sum, line, by));
    slices.set(slice, sums);
  }

  function letGo(): void {
    for (const { session, request } of known.splice(0, Math.max(0, known.length - KNOWN_REQUESTS))) {
      const usage = sessions.get(session);
      if (usage === undefined) continue;
      const requests = usage.requests.delete(request);
      if (requests.size === 0) sessions.delete(session);
      else sessions.set(session, { ...usage, requests });
    }
    for (const slice of slices.keys()) if (slice < sliceOf(fromMs)) slices.delete(slice);
  }

  async function readOn(signal: AbortSignal | undefined): Promise<void> {
    const breathe = createPatientPacer(clock, signal);
    for (;;) {
      const page = log.read({ types: ["model.responded"], sinceMs: fromMs, after: position, limit: PAGE });
      for (const event of page) if (isTold(event)) take(event);
      letGo();
      position = page.at(-1)?.seq ?? position;
      if (page.length < PAGE) return;
      await breathe();
    }
  }

  return {
    async since(ms, signal) {
      const nowMs = clock.now();
      reachMs = Math.max(reachMs, nowMs - ms);
      if (ms < fromMs) {
        sessions.clear();
        slices.clear();
        known.length = 0;
        position = 0;
        fromMs = ms - SPARE_MS;
      }
      fromMs = Math.max(fromMs, nowMs - reachMs - SPARE_MS);
      await readOn(signal);
      const lines = [...slices].flatMap(([slice, sums]) => (slice < sliceOf(ms) ? [] : [...sums.values()]));
      return costOf(lines, pricesAt).usd_micros ?? 0;
    },
  };
}

function sliceOf(ms: number): number {
  return Math.floor(ms / SLICE_MS);
}

function isTold(event: StoredEvent): event is Told {
  return event.type === "model.responded" && event.session_id !== undefined;
}
