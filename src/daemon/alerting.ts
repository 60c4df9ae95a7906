import { join } from "node:path";
import type { Logger } from "pino";
import { createAlerts, createNotifier, openRuleBook, type WatchedSource } from "../alerts/index.ts";
import type { EventOf, StoredEvent } from "../contract/events/index.ts";
import type { AlertRow } from "../contract/operations/alerts.ts";
import type { SessionId } from "../contract/ids.ts";
import { createPacer, type Clock } from "../lib/clock.ts";
import type { EventLog } from "../log/log.ts";
import { costOf, type PricesAt } from "../money/cost.ts";
import { createSessionFold, type Session } from "../projections/session.ts";
import { spendOf } from "../projections/usage.ts";
import type { Projector } from "./projector.ts";
import { runningPrograms } from "./running-programs.ts";

interface Deps {
  readonly home: string;
  readonly clock: Clock;
  readonly log: EventLog;
  readonly logger: Pick<Logger, "warn">;
  readonly projector: Pick<Projector, "state" | "held">;
  readonly sources: () => readonly WatchedSource[];
  readonly pricesAt: PricesAt;
  readonly signal: AbortSignal;
  readonly announce: (alert: AlertRow) => void;
}

/** Sessions whose last sign is older are history: no rule speaks of them. */
const WATCHED_MS = 6 * 3_600_000;
const PAGE = 200;
const MAX_REQUESTS = 20_000;
/** Alerts of the past that are read at a start. */
const PAST = 2_000;

/** Alerts over what this daemon holds. */
export function openAlerts({ home, clock, log, logger, projector, sources, pricesAt, signal, announce }: Deps) {
  const book = openRuleBook(join(home, "alerts.json"));
  for (const problem of book.problems()) logger.warn(problem, "alerts");
  const notifier = createNotifier({ clock, signal });
  return createAlerts({
    book,
    clock,
    append: (events) => log.append(events),
    tell: notifier,
    announce,
    onTold: (told) => void (told.ok || logger.warn(told, "alert not delivered")),
    projectOf: (id) => projector.held(id as SessionId)?.facts.project,
    past: () => log.read({ types: ["alert.*"], order: "newest", limit: PAST }).toReversed(),
    picture: () => {
      const nowMs = clock.now();
      const sessions = [...projector.state().sessions.values()].filter(
        ({ facts }) => Date.parse(facts.last_at ?? "") >= nowMs - WATCHED_MS,
      );
      return { nowMs, sessions, sources: sources(), programs: runningPrograms(), spentSince };
    },
  });

  function spentSince(sinceMs: number): Promise<number> {
    return spent({ log, clock, pricesAt }, sinceMs);
  }
}

/** What the requests since a time cost, each once however many sources told it. */
async function spent({ log, clock, pricesAt }: Pick<Deps, "log" | "clock" | "pricesAt">, sinceMs: number): Promise<number> {
  const breathe = createPacer(clock);
  const fold = createSessionFold({ detail: false });
  const sessions = new Map<string, Session>();
  let after = 0;
  for (let read = 0; read < MAX_REQUESTS; read += PAGE) {
    const page = log.read({ types: ["model.responded"], sinceMs, after, limit: PAGE });
    for (const event of page) if (isRequest(event)) sessions.set(event.session_id, fold(sessions.get(event.session_id), event));
    if (page.length < PAGE) break;
    after = page.at(-1)!.seq;
    await breathe();
  }
  const lines = [...sessions.values()].flatMap((session) => [...session.usage.requests.values()].map(spendOf));
  return costOf(lines, pricesAt).usd_micros ?? 0;
}

function isRequest(
  event: StoredEvent,
): event is EventOf<"model.responded"> & { readonly session_id: NonNullable<StoredEvent["session_id"]> } {
  return event.type === "model.responded" && event.session_id !== undefined;
}
