import type { Logger } from "pino";
import { createNotifier } from "../alerts/index.ts";
import type { Config } from "../contract/config.ts";
import type { createAgentSources } from "../ingest/index.ts";
import type { Clock } from "../lib/clock.ts";
import type { EventLog } from "../log/log.ts";
import type { PricesAt } from "../money/cost.ts";
import { openPush } from "../push/index.ts";
import { createAskBook } from "./ask-book.ts";
import { createAskRows } from "./ask-rows.ts";
import { createAskWebhook } from "./ask-webhook.ts";
import { createAskHandlers } from "./asks.ts";
import type { History } from "./history.ts";
import { createHookAnswers } from "./hook-answers.ts";
import type { Lifetime } from "./lifetime.ts";
import type { Budgets } from "./money-budgets.ts";
import { createPolicy } from "./policy.ts";
import type { Projector } from "./projector.ts";
import { createServerAnswers } from "./server-answers.ts";

interface Deps {
  readonly life: Lifetime;
  readonly home: string;
  readonly config: Config;
  readonly log: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly history: History;
  readonly projector: Projector;
  readonly pricesAt: PricesAt;
  readonly budgets: Budgets;
  readonly servers: ReturnType<typeof createAgentSources>["askServers"];
  readonly pageUrl: () => string;
  /** Ends calls to webhooks and push services. */
  readonly signal: AbortSignal;
}

/** Everything about asks: who opens them, what policy says of them, who is told, and who waits for their answers. */
export function openAsking({
  life,
  home,
  config,
  log,
  clock,
  logger,
  history,
  projector,
  pricesAt,
  budgets,
  servers,
  pageUrl,
  signal,
}: Deps) {
  const { session } = projector;
  const failed =
    (what: string) =>
    (error: unknown): void =>
      logger.error({ error }, what);
  const book = createAskBook({ log, clock, onError: failed("asks") });
  const policy = createPolicy({ home, clock, log, history, book, session, pricesAt, budgets, onError: failed("policy") });
  const { judge } = policy;
  const hookAnswers = createHookAnswers({ book, judge, clock, session, onError: failed("hook answers") });
  const serverAnswers = createServerAnswers({ book, judge, servers, onError: failed("answers to servers") });
  const rows = createAskRows({ log, clock, projector, history, book });
  const push = openPush({ home, clock, logger, services: config.push_services, ask: rows.find, signal });
  life.add(...[book.apply, policy.noted, hookAnswers.noted, push.noted].map((told) => log.onCommit(told)));
  if (config.ask_webhook !== "") {
    const webhook = createAskWebhook({
      webhook: { url: config.ask_webhook, ...(config.ask_webhook_secret === "" ? {} : { secret: config.ask_webhook_secret }) },
      tell: createNotifier({ clock, signal }),
      held: book.get,
      rowOf: rows.ofHeld,
      pageUrl,
      onTold: (told) => void (told.ok || logger.warn(told, "ask not told")),
    });
    life.add(log.onCommit(webhook.noted));
  }
  return {
    book,
    handlers: { ...createAskHandlers({ log, clock, projector, history, book, deliver: serverAnswers.deliver }), ...policy.handlers },
    hookAnswers: hookAnswers.handlers,
    push: push.handlers,
    /** Tells browsers of an alert. */
    announce: push.raised,
    /** What waited before the last stop waits on; deadlines run. */
    start(): void {
      hookAnswers.start();
      serverAnswers.start();
      book.start();
      life.add(book.stop);
    },
  };
}
