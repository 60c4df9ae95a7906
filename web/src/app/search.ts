/** What a link carries beside its path. */
export interface RootSearch {
  /** A past moment, RFC 3339. */
  readonly at?: string;
}

export interface LiveSearch {
  readonly session?: string;
  /** The selected agent, as `<session_id> <agent_id>`. */
  readonly agent?: string;
  readonly view?: "list";
  readonly trail?: boolean;
}

export interface SessionsSearch {
  readonly q?: string;
  readonly status?: "working" | "waiting" | "idle" | "ended";
}

export interface SessionSearch {
  readonly call?: string;
}

export const usageGroups = ["model", "session", "agent", "project", "ticket", "tool", "day", "app"] as const;
export const spans = ["7", "30", "90", "all"] as const;

export interface MoneySearch {
  readonly by?: (typeof usageGroups)[number];
  /** The last so many days; 30 unless named. */
  readonly days?: (typeof spans)[number];
  readonly project?: string;
}

export interface WorkSearch {
  readonly q?: string;
  readonly project?: string;
  readonly view?: "list";
  /** The ticket that is open beside the others. */
  readonly ticket?: string;
}

export const traceOutcomes = ["failed", "running", "ok", "error", "timeout", "invalid", "denied", "interrupted"] as const;

export interface TracesSearch {
  readonly q?: string;
  readonly session?: string;
  readonly tool?: string;
  readonly outcome?: (typeof traceOutcomes)[number];
  /** At least so many milliseconds. */
  readonly min?: number;
  readonly order?: "longest";
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/;

export function parseRootSearch(search: Record<string, unknown>): RootSearch {
  const { at } = search;
  return typeof at === "string" && TIME.test(at) && !Number.isNaN(Date.parse(at)) ? { at } : {};
}

export function parseLiveSearch(search: Record<string, unknown>): LiveSearch {
  return {
    ...text("session", search["session"]),
    ...text("agent", search["agent"]),
    ...(search["view"] === "list" ? { view: "list" as const } : {}),
    ...(search["trail"] === true ? { trail: true } : {}),
  };
}

export function parseSessionsSearch(search: Record<string, unknown>): SessionsSearch {
  const status = (["working", "waiting", "idle", "ended"] as const).find((one) => one === search["status"]);
  return { ...text("q", search["q"]), ...(status === undefined ? {} : { status }) };
}

export function parseSessionSearch(search: Record<string, unknown>): SessionSearch {
  return text("call", search["call"]);
}

export function parseMoneySearch(search: Record<string, unknown>): MoneySearch {
  const by = usageGroups.find((one) => one === search["by"]);
  const days = spans.find((one) => one === String(search["days"]));
  return { ...(by === undefined ? {} : { by }), ...(days === undefined ? {} : { days }), ...text("project", search["project"]) };
}

export function parseWorkSearch(search: Record<string, unknown>): WorkSearch {
  return {
    ...text("q", search["q"]),
    ...text("project", search["project"]),
    ...(search["view"] === "list" ? { view: "list" as const } : {}),
    ...text("ticket", search["ticket"]),
  };
}

export function parseTracesSearch(search: Record<string, unknown>): TracesSearch {
  const outcome = traceOutcomes.find((one) => one === search["outcome"]);
  const min = Number(search["min"]);
  return {
    // Words that are digits only come out of the address as a number.
    ...text("q", typeof search["q"] === "number" ? String(search["q"]) : search["q"], 200),
    ...text("session", search["session"], 200),
    ...text("tool", search["tool"], 200),
    ...(outcome === undefined ? {} : { outcome }),
    ...(Number.isSafeInteger(min) && min > 0 ? { min } : {}),
    ...(search["order"] === "longest" ? { order: "longest" as const } : {}),
  };
}

function text<K extends string>(key: K, value: unknown, longest = 500): { [P in K]?: string } {
  return typeof value === "string" && value !== "" && value.length <= longest ? ({ [key]: value } as { [P in K]: string }) : {};
}
