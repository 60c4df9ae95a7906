import type { Handlers, InputFor, OutputFor } from "../contract/operations/index.ts";
import { toTimestamp, type Clock } from "../lib/clock.ts";
import { createVitals } from "./vitals.ts";

type Figures = OutputFor<"telemetry.read">;
type PageReport = InputFor<"telemetry.report">;

export interface Telemetry {
  readonly handlers: Pick<Handlers, "telemetry.read" | "telemetry.report">;
  /** Takes the figures of the last second anew and tells them to whoever subscribed. */
  tick(): void;
}

/** What a page said is shown so long: pages say something every second, hidden ones less often. */
const STAYS_MS = 5_000;
const MOST_PAGES = 200;

export function createTelemetry({
  clock,
  read,
  catalogLag,
  publish,
}: {
  readonly clock: Pick<Clock, "now">;
  /** What the parts of the daemon say of themselves. */
  read(): Pick<Figures["daemon"], "connections" | "queues">;
  /** How many events the lists and search are behind; undefined where they do not answer. Does not reject. */
  catalogLag(): Promise<number | undefined>;
  publish(figures: Figures): void;
}): Telemetry {
  const startedMs = clock.now();
  const vitals = createVitals();
  let catalog: number | undefined;
  const pages = new Map<string, { readonly atMs: number; readonly report: PageReport }>();
  let daemon = taken();

  function taken(): Figures["daemon"] {
    const { rss, heapUsed } = process.memoryUsage();
    return {
      at: toTimestamp(clock.now()),
      uptime_ms: clock.now() - startedMs,
      ...vitals.read(),
      memory_bytes: rss,
      heap_bytes: heapUsed,
      connections: read().connections,
      queues: { ...read().queues, ...(catalog === undefined ? {} : { catalog }) },
    };
  }

  /** Told a moment late: it is asked of another thread. */
  async function look(): Promise<void> {
    catalog = await catalogLag();
  }

  function figures(): Figures {
    for (const [page, { atMs }] of pages) if (clock.now() - atMs > STAYS_MS) pages.delete(page);
    const browsers = [...pages.values()].map(({ atMs, report }) => ({ ...report, at: toTimestamp(atMs) }));
    return { daemon, browsers: browsers.length === 0 ? null : browsers };
  }

  return {
    handlers: {
      "telemetry.read": figures,
      "telemetry.report": (report) => {
        pages.delete(report.page);
        if (pages.size >= MOST_PAGES) pages.delete(pages.keys().next().value!);
        pages.set(report.page, { atMs: clock.now(), report });
        return { pages: pages.size };
      },
    },
    tick() {
      void look();
      daemon = taken();
      publish(figures());
    },
  };
}
