import { Counter, Gauge, Registry, collectDefaultMetrics } from "prom-client";
import type { StoredEvent } from "../contract/events/index.ts";

interface Readings {
  readonly head: () => number;
  readonly connections: () => number;
  readonly logBytes: () => number;
  readonly sessionsHot: () => number;
}

/** The Prometheus page: the process's own figures, and how much passes through the log. */
export function createMetrics(readings: Readings): { count(events: readonly StoredEvent[]): void; text(): Promise<string> } {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const events = new Counter({
    name: "orrery_events_total",
    help: "Events stored since the start, by family",
    labelNames: ["family"],
    registers: [registry],
  });
  gauge("orrery_log_head", "Highest seq in the log", readings.head);
  gauge("orrery_log_bytes", "Size of the log on disk", readings.logBytes);
  gauge("orrery_connections", "Open WebSocket connections", readings.connections);
  gauge("orrery_sessions_hot", "Sessions held in memory", readings.sessionsHot);

  function gauge(name: string, help: string, read: () => number): void {
    const figure = new Gauge({
      name,
      help,
      registers: [],
      collect() {
        this.set(read());
      },
    });
    registry.registerMetric(figure);
  }

  return {
    count(batch) {
      const families = new Map<string, number>();
      for (const { type } of batch) {
        const family = type.slice(0, type.indexOf("."));
        families.set(family, (families.get(family) ?? 0) + 1);
      }
      for (const [family, count] of families) events.inc({ family }, count);
    },
    text: () => registry.metrics(),
  };
}
