import { join } from "node:path";
import type { Logger } from "pino";
import { createAlerts, createNotifier, openRuleBook, type WatchedSource } from "../alerts/index.ts";
import type { AlertRow } from "../contract/operations/alerts.ts";
import type { SessionId } from "../contract/ids.ts";
import type { Clock } from "../lib/clock.ts";
import type { EventLog } from "../log/log.ts";
import type { PricesAt } from "../money/cost.ts";
import type { Projector } from "./projector.ts";
import { runningPrograms } from "./running-programs.ts";
import { createSpendWindow } from "./spend-window.ts";

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
/** Alerts of the past that are read at a start. */
const PAST = 2_000;

/** Alerts over what this daemon holds. */
export function openAlerts({ home, clock, log, logger, projector, sources, pricesAt, signal, announce }: Deps) {
  const book = openRuleBook(join(home, "alerts.json"));
  for (const problem of book.problems()) logger.warn(problem, "alerts");
  const notifier = createNotifier({ clock, signal });
  const spend = createSpendWindow({ log, clock, pricesAt });
  return createAlerts({
    book,
    clock,
    append: (events) => log.append(events),
    tell: notifier,
    announce,
    onTold: (told) => void (told.ok || logger.warn(told, "alert not delivered")),
    projectOf: (id) => projector.held(id as SessionId)?.facts.project,
    past: () => log.read({ types: ["alert.*"], order: "newest", limit: PAST }).toReversed(),
    picture: (looking) => {
      const nowMs = clock.now();
      const sessions = [...projector.state().sessions.values()].filter(
        ({ facts }) => Date.parse(facts.last_at ?? "") >= nowMs - WATCHED_MS,
      );
      return { nowMs, sessions, sources: sources(), programs: runningPrograms(), spentSince: (ms) => spend.since(ms, looking) };
    },
  });
}
