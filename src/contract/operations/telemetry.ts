import { z } from "zod";
import { defineOperation } from "../operation.ts";

/** How one open page draws, over the last second or two. `frame_ms` is the middle of all frames, `longest_ms` the longest. */
const pageFigures = {
  page: z.string().min(1).max(100),
  fps: z.number().nonnegative().max(10_000),
  frame_ms: z.number().nonnegative().max(1e7),
  p95_ms: z.number().nonnegative().max(1e7),
  longest_ms: z.number().nonnegative().max(1e7),
  screen: z.string().max(100).optional(),
  is_hidden: z.boolean().optional(),
};

export const reportTelemetry = defineOperation({
  name: "telemetry.report",
  kind: "command",
  scope: "ingest",
  method: "POST",
  path: "/telemetry",
  summary: "For pages: how it draws. It is kept for some seconds, in memory only.",
  input: z.object(pageFigures),
  output: z.object({ pages: z.number() }),
});

export const readTelemetry = defineOperation({
  name: "telemetry.read",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/telemetry",
  summary:
    "How the daemon and the open pages do, as of the last second: processor, memory, lag of the event loop, queues; frame rate and frame time. The same comes each second as a live frame on the channel live:telemetry.",
  input: z.object({}),
  output: z.object({
    daemon: z.object({
      at: z.string(),
      uptime_ms: z.number(),
      /** Share of one processor over the last second; absent in the first. */
      cpu_percent: z.number().optional(),
      memory_bytes: z.number(),
      heap_bytes: z.number(),
      /** The longest that the event loop was held up in the last second. */
      loop_lag_ms: z.number(),
      connections: z.number(),
      /** What waits: events for the disk, events for the lists and search, asks for people, bytes for clients. */
      queues: z.object({
        append: z.number(),
        append_limit: z.number(),
        catalog: z.number().optional(),
        asks: z.number(),
        unsent_bytes: z.number(),
      }),
    }),
    /** Null where no page has reported in the last seconds. */
    browsers: z.array(z.object({ ...pageFigures, at: z.string() })).nullable(),
  }),
});
