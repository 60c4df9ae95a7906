import { isAbsolute, join } from "node:path";
import type { Logger } from "pino";
import type { Config, ConfigOrigins } from "../contract/config.ts";
import { OrreryError } from "../contract/errors.ts";
import type { Handlers } from "../contract/operations/index.ts";
import { PROTOCOL_VERSION } from "../contract/frames.ts";
import { openDialects, type Dialects } from "../dialects/index.ts";
import { openGateway, type Gateway } from "../gateway/index.ts";
import { createEventIntake, createKept } from "../ingest/index.ts";
import { isLoopback } from "../lib/loopback.ts";
import { systemClock, toTimestamp, type Clock } from "../lib/clock.ts";
import { backUp, openSqliteLog } from "../log/index.ts";
import { visibleSessions } from "../projections/views.ts";
import { createActivityStore } from "./activity-store.ts";
import { openCatalogThread, type Following } from "../catalog/index.ts";
import { openAlerts } from "./alerting.ts";
import { openAsking } from "./asking.ts";
import { captureGuard, saltOf } from "./capture-guard.ts";
import { createAudit } from "./audit.ts";
import { createCallOperation } from "./call-operation.ts";
import { createCatalogHandlers } from "./catalog.ts";
import { createImports } from "./imports.ts";
import { createInjections } from "./injections.ts";
import { createHistory } from "./history.ts";
import { expandHome, makeHome, removeDaemonFile, writeDaemonFile } from "./home.ts";
import { createLifetime } from "./lifetime.ts";
import { createMetrics } from "./metrics.ts";
import { createBudgets } from "./money-budgets.ts";
import { createPriceBook } from "./money-prices.ts";
import { createMoneyHandlers } from "./money.ts";
import { createHandlers } from "./operations.ts";
import { createProjector } from "./projector.ts";
import { readReplayPage } from "./replay-page.ts";
import { createRetention } from "./retention.ts";
import { openSources } from "./sources.ts";
import { dropOtherShapes } from "./state-shape.ts";
import { createStorageReader, programsOf, settingsOf } from "./status.ts";
import { createTelemetry } from "./telemetry.ts";
import { createHookTimes, createVitals } from "./vitals.ts";
import { openLocalToken } from "./local-token.ts";
import { openTokenBook } from "./token-book.ts";
import { createTokens } from "./tokens.ts";
import { createFieldBook, createUiHandlers } from "../ui-state/index.ts";
import { createTicketBook } from "./work-book.ts";
import { createWorkHandlers } from "./work.ts";
import { createWholeSessions } from "./whole-sessions.ts";

/** A daemon that runs. */
export interface Daemon {
  readonly url: string;
  readonly port: number;
  readonly home: string;
  /** Resolves when the daemon has ended, by `stop` or because the log could not go on. */
  readonly done: Promise<void>;
  stop(): Promise<void>;
}

interface Options {
  readonly config: Config;
  /** Where each setting came from, for whoever asks. */
  readonly origins: ConfigOrigins;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  /** The built web UI; undefined when there is none. */
  readonly webRoot: string | undefined;
  readonly logger: Logger;
  readonly clock?: Clock;
}

const SETTLE_EVERY_MS = 5_000;
const TELEMETRY_EVERY_MS = 1_000;
const ALERTS_EVERY_MS = 10_000;
const BUDGETS_EVERY_MS = 2_000;
/** Also how long after a start it is first looked for: a start has other work. */
const RETENTION_EVERY_MS = 60 * 60_000;

/** Wires every part and opens the doors. What opens closes in reverse order. */
export async function startDaemon({ config, origins, env, version, webRoot, logger, clock = systemClock }: Options): Promise<Daemon> {
  const home = expandHome(config.home);
  makeHome(home);
  const log = openSqliteLog({
    home,
    clock,
    queueLimit: config.append_queue,
    guard: captureGuard(config, home),
    onError: (error: unknown) => logger.error({ error }, "log"),
  });
  const life = createLifetime({ clock, logger });
  life.add(() => log.close());
  try {
    dropOtherShapes(log);
    const history = createHistory(log);
    const wholeNow = createWholeSessions({ log, history });
    const activity = createActivityStore(log);
    const projector = createProjector({ log, history, clock, counted: activity.count });
    const vitals = createVitals();
    const hookTimes = createHookTimes();
    const door: { gateway?: Gateway; dialects?: Dialects } = {};
    const metrics = createMetrics({
      head: log.head,
      connections: () => door.gateway?.connections() ?? 0,
      logBytes: log.sizeBytes,
      sessionsHot: () => projector.state().sessions.size,
    });
    life.add(
      log.onCommit((events) => {
        projector.apply(events);
        metrics.count(events);
      }),
    );

    const intake = { append: log.append, notes: log.notes, clock, logger };
    const { hooks, agents, otlp, sources } = openSources({ intake, home, config, env });
    const imports = createImports(intake);
    const kept = createKept({ log, reread: agents.reread });
    life.add(log.onCommit(kept.count));

    const book = createPriceBook({ home, today: () => toTimestamp(clock.now()).slice(0, 10) });
    for (const problem of book.problems()) logger.warn(problem, "prices");
    const { summaries, session } = projector;
    const budgets = createBudgets({ home, clock, summaries, session, pricesAt: book.at, append: log.append });
    life.add(log.onCommit(budgets.noted));

    const retention = createRetention({
      log,
      clock,
      config,
      sessions: () => projector.summaries().map(({ session_id, facts }) => ({ session_id, lastMs: Date.parse(facts.last_at ?? "") })),
      refold: projector.refold,
      salt: () => saltOf(home),
    });
    const tickets = createTicketBook({ log, clock });
    life.add(log.onCommit(tickets.apply));

    const ending = new AbortController();
    life.add(() => ending.abort());
    const asking = openAsking({
      life,
      home,
      config,
      log,
      clock,
      logger,
      history,
      projector,
      pricesAt: book.at,
      budgets,
      servers: agents.askServers,
      pageUrl: () => door.gateway?.url ?? "",
      signal: ending.signal,
    });

    const injections = createInjections({ log, clock, session, onError: (error: unknown) => logger.error({ error }, "injections") });
    life.add(log.onCommit(injections.apply));

    const catalog = openCatalogThread({ home, clock, onError: (error: unknown) => logger.error({ error }, "catalog") });
    life.add(log.onCommit(catalog.wake), () => catalog.close());

    const alerts = openAlerts({
      home,
      clock,
      log,
      logger,
      projector,
      sources: () => sources.map((source) => source.status()),
      pricesAt: book.at,
      signal: ending.signal,
      announce: asking.announce,
    });
    life.add(log.onCommit(alerts.noted));

    const tokenBook = openTokenBook({ home, clock });
    const tokens = createTokens({ book: tokenBook, log });
    await tokens.catchUp();

    const audit = createAudit({ log, clock });
    const callOperation = createCallOperation({ handlers: () => handlers, audit });
    const fieldBook = createFieldBook({ log, clock });
    life.add(log.onCommit(fieldBook.apply));
    const telemetry = createTelemetry({
      clock,
      read: () => ({
        connections: door.gateway?.connections() ?? 0,
        queues: {
          append: log.queue().events,
          append_limit: log.queue().limit,
          asks: asking.book.open().length,
          unsent_bytes: door.gateway?.unsentBytes() ?? 0,
        },
      }),
      catalogLag: () =>
        catalog.ask<Following>({ what: "level" }).then(
          ({ lag }) => lag,
          () => undefined,
        ),
      publish: (figures) => door.gateway?.publish("telemetry", figures),
    });
    const localToken = openLocalToken({ home, isNeeded: !isLoopback(config.host) });
    life.add(localToken.remove);

    const startedAt = toTimestamp(clock.now());
    const handlers: Handlers = createHandlers({
      log,
      clock,
      history,
      projector,
      activity,
      appendEvents: createEventIntake({ ...intake, isHeld: (id) => asking.book.get(id) !== undefined }),
      ingest: {
        ...hookTimes.timed({ ...injections.carrying({ "ingest.claude_code": hooks.handle }), ...agents.handlers }),
        ...asking.hookAnswers,
        ...injections.carrying({ "ingest.claude_code_answer": asking.hookAnswers["ingest.claude_code_answer"] }),
        "ingest.replay": kept.replay,
      },
      money: createMoneyHandlers({
        clock,
        summaries,
        session,
        history,
        head: log.head,
        wholeNow,
        book,
        budgets,
        tickets: () => tickets.tickets(),
      }),
      work: createWorkHandlers({ book: tickets, projector, history, head: log.head, pricesAt: book.at }),
      imports: imports.handlers,
      injections: injections.handlers,
      tokens: tokens.handlers,
      ui: createUiHandlers({ book: fieldBook, call: callOperation }),
      telemetry: telemetry.handlers,
      push: asking.push,
      pricesAt: book.at,
      replayPage: () => readReplayPage(webRoot),
      storage: createStorageReader(home),
      alerts: alerts.handlers,
      asks: asking.handlers,
      catalog: createCatalogHandlers({ catalog, clock, log, history, wholeNow, pricesAt: book.at }),
      keeping: {
        "backup.make": ({ path = join(home, "backups", toTimestamp(clock.now()).replace(/[:.]/g, "-")) }) => {
          if (isAbsolute(path)) return backUp(home, path);
          throw new OrreryError("BAD_INPUT", {
            problems: [{ field: "path", message: "must be absolute: the daemon has a folder of its own" }],
          });
        },
        "retention.apply": ({ dry_run }) => retention(dry_run),
      },
      status: async () => ({
        version,
        protocol: PROTOCOL_VERSION,
        pid: process.pid,
        started_at: startedAt,
        home,
        head: log.head(),
        log_bytes: log.sizeBytes(),
        sessions: projector.sessionCount(),
        connections: door.gateway?.connections() ?? 0,
        memory_bytes: process.memoryUsage.rss(),
        ...vitals.read(),
        queue: log.queue(),
        hooks: hookTimes.read(),
        dialects: door.dialects?.urls ?? {},
        catalog: await catalog.ask<Following>({ what: "level" }).catch(() => undefined),
        sources: sources.map((source) => source.status()),
        unknown_records: kept.unknown(),
        programs: programsOf(projector.summaries()),
        settings: settingsOf(config, origins),
      }),
    });

    let isReady = false;
    const gateway = await openGateway({
      config,
      clock,
      handlers,
      audit,
      head: log.head,
      readLog: log.read,
      onCommit: log.onCommit,
      snapshot: projector.snapshot,
      ready: () => isReady,
      metrics: metrics.text,
      takeOtlp: otlp.take,
      tokens: { find: (token) => localToken.find(token) ?? tokenBook.find(token), hasAdmin: tokens.hasAdmin, onRevoked: tokens.onRevoked },
      webRoot,
      version,
      logger,
    });
    door.gateway = gateway;
    life.add(() => gateway.close());
    asking.start();

    const dialects = await openDialects({
      config,
      clock,
      logger,
      version,
      handlers,
      call: callOperation,
      pricesAt: book.at,
      env,
      sessions: () => visibleSessions(projector.state(), clock.now()),
      session: projector.held,
      summaries: projector.summaries,
      sessionInFull: (id) => history.wholeSession(id, { seq: log.head() }, { detail: true }),
      body: log.body,
      readLog: log.read,
      onCommit: log.onCommit,
      visitor: gateway.visitor,
      onTokenRevoked: tokens.onRevoked,
    });
    door.dialects = dialects;
    life.add(() => dialects.close());

    writeDaemonFile(home, { pid: process.pid, port: gateway.port, url: gateway.url, started_at: startedAt, dialects: dialects.urls });
    life.add(() => removeDaemonFile(home));

    const abort = new AbortController();
    const running = sources.map((source) =>
      source.run(abort.signal).catch((error: unknown) => logger.error({ error, source: source.status().name }, "source ended")),
    );
    const resumed = imports.resume();
    life.add(async () => {
      abort.abort();
      await imports.stop();
      await resumed;
      await Promise.all([...sources.map((source) => source.stop()), ...running]);
    });
    life.every(SETTLE_EVERY_MS, "settle", async (signal) => {
      await projector.settle(signal);
      activity.settle();
    });
    life.every(TELEMETRY_EVERY_MS, "telemetry", telemetry.tick);
    life.every(BUDGETS_EVERY_MS, "budgets", () => budgets.look());
    life.every(ALERTS_EVERY_MS, "alerts", alerts.look);
    life.every(RETENTION_EVERY_MS, "retention", () => retention(false));
    isReady = true;

    const { promise: done, resolve: ended } = Promise.withResolvers<void>();
    let stopping: Promise<void> | undefined;
    const stop = (): Promise<void> => {
      isReady = false;
      stopping ??= life.end(() => (projector.settleAll(), activity.settle())).then(ended);
      return stopping;
    };
    return { url: gateway.url, port: gateway.port, home, done, stop };
  } catch (error) {
    await life.end();
    throw error;
  }
}
