import type { Handlers, OutputFor } from "../contract/operations/index.ts";

type Reads = Pick<Handlers, "status.get" | "telemetry.read" | "alerts.list" | "policy.get" | "budgets.list">;
type Diagnostics = OutputFor<"diagnostics.get">;

const MOST_ALERTS = 100;
/** The lists and search may be this far behind before it is worth a word. */
const LATE_MS = 60_000;

/** What doctor and telemetry say, as one read: problems in words, and the figures beside them. */
export function createDiagnostics(reads: Reads): Handlers["diagnostics.get"] {
  return async (_, caller) => {
    const [status, telemetry, alerts, policy, budgets] = await Promise.all([
      reads["status.get"]({}, caller),
      reads["telemetry.read"]({}, caller),
      reads["alerts.list"]({ state: "open", limit: MOST_ALERTS }, caller),
      reads["policy.get"]({}, caller),
      reads["budgets.list"]({}, caller),
    ]);
    const problems = [
      ...problemsOf(status),
      ...policy.files.flatMap(({ path, problem }) => (problem === undefined ? [] : [{ what: path, message: problem }])),
      ...budgets.problems.map(({ path, message }) => ({ what: path, message })),
    ];
    return { problems, alerts: alerts.items, status, telemetry };
  };
}

function problemsOf({ sources, unknown_records, queue, catalog }: Diagnostics["status"]): Diagnostics["problems"] {
  return [
    ...sources
      .filter(({ state }) => state === "failing")
      .map(({ name, detail = "cannot be read, and is tried again" }) => ({ what: name, message: detail })),
    ...sources
      .filter(({ rejected }) => rejected > 0)
      .map(({ name, rejected }) => ({ what: name, message: `${rejected} records could not be read` })),
    ...Object.entries(unknown_records).map(([format, count]) => ({
      what: format,
      message: `${count} records that no translator understands`,
    })),
    ...(queue.refused === 0 ? [] : [{ what: "log", message: `${queue.refused} events were refused because too many waited for the disk` }]),
    ...(catalog === undefined ? [{ what: "catalog", message: "the lists and search do not answer" }] : []),
    ...((catalog?.behind_ms ?? 0) > LATE_MS
      ? [{ what: "catalog", message: `the lists and search are ${catalog!.lag} events behind` }]
      : []),
  ];
}
