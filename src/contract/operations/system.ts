import { z } from "zod";
import { defineOperation } from "../operation.ts";

/**
 * A place that facts come from, and how it does since the daemon started. `waiting`: nothing has arrived yet. `connected`: records arrive.
 * `reading`: catching up with what was written before. `failing`: something cannot be read; `detail` says what, and it is tried again.
 * `stopped`: the source has ended.
 */
const SourceStatus = z.object({
  name: z.string(),
  format: z.string(),
  state: z.enum(["waiting", "connected", "reading", "failing", "stopped"]),
  last_record_at: z.string().optional(),
  /** Foreign records read. */
  records: z.number(),
  /** Events that the log took as new. */
  events: z.number(),
  /** Events that the log had already. */
  duplicates: z.number(),
  /** Records that gave no fact of ours and were kept as they came. */
  kept: z.number(),
  /** Records that could not be read. */
  rejected: z.number(),
  /** How long the last record waited between its writing and its storing. */
  lag_ms: z.number().optional(),
  detail: z.string().optional(),
});
export type SourceStatus = Readonly<z.infer<typeof SourceStatus>>;

/** One setting as it is in force, and who said so. */
const SettingRow = z.object({
  name: z.string(),
  value: z.union([z.string(), z.number(), z.boolean()]),
  from: z.enum(["default", "environment", "flag"]),
  env: z.string(),
  flag: z.string(),
  help: z.string(),
});

export const getStatus = defineOperation({
  name: "status.get",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/status",
  summary:
    "What this daemon is and how it does: version, home, head of the log, clients, sources with their last record and lag, what agents wait for hooks, settings and where each comes from.",
  input: z.object({}),
  output: z.looseObject({
    version: z.string(),
    protocol: z.number(),
    pid: z.number(),
    started_at: z.string(),
    home: z.string(),
    head: z.number(),
    log_bytes: z.number(),
    sessions: z.number(),
    connections: z.number(),
    /** Where clients of other systems are served: `kei`, `mpm`, `hook_api`, `hook_api_ws`, `boocode`, each a URL. */
    dialects: z.record(z.string(), z.string()),
    memory_bytes: z.number(),
    /** Share of one processor since the last look, at least a second ago. */
    cpu_percent: z.number().optional(),
    /** The longest that the event loop was held up since the last look. */
    loop_lag_ms: z.number(),
    /** Events that wait for the disk, how many may, and how many were refused because too many waited. */
    queue: z.object({ events: z.number(), limit: z.number(), refused: z.number() }),
    /** How long agents waited for the answer to a hook: over the last thousand, and how many there were since the start. */
    hooks: z.object({
      answered: z.number(),
      median_ms: z.number().optional(),
      p95_ms: z.number().optional(),
      max_ms: z.number().optional(),
    }),
    /** How far the lists and search follow the log: events behind, and how long already. Absent where they do not answer. */
    catalog: z.object({ indexed_to: z.number(), lag: z.number(), behind_ms: z.number() }).optional(),
    sources: z.array(SourceStatus),
    /** Records that no translator understands so far, by format. */
    unknown_records: z.record(z.string(), z.number()),
    /** Agent programs seen, each with the version that its latest session told. */
    programs: z.array(
      z.looseObject({ app: z.string(), version: z.string().optional(), sessions: z.number(), last_at: z.string().optional() }),
    ),
    settings: z.array(SettingRow),
  }),
});

export const getStorage = defineOperation({
  name: "storage.get",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/storage",
  summary:
    "What takes how much of the disk: the log by table with its indexes, its journal and free pages, and what else lies in the home.",
  input: z.object({}),
  output: z.object({
    total_bytes: z.number(),
    items: z.array(z.object({ kind: z.string(), where: z.enum(["log", "home"]), bytes: z.number() })),
  }),
});

export const listOperations = defineOperation({
  name: "operations.list",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/operations",
  summary: "Every operation with its method, path, scope and one sentence.",
  input: z.object({}),
  output: z.object({ items: z.array(z.looseObject({ name: z.string(), method: z.string(), path: z.string(), summary: z.string() })) }),
});
