/** What a link carries beside its path. */
export interface RootSearch {
  /** A past moment, RFC 3339. */
  readonly at?: string;
  /** Where the moment was stepped to: the last event that counts of that very millisecond. */
  readonly seq?: number;
  /** Whom the strip follows, as `<session_id>` or `<session_id> <agent_id>`. */
  readonly follow?: string;
  /** The agents that descend from it are followed too. */
  readonly kin?: boolean;
  /** The project that every screen is narrowed to, by name. */
  readonly project?: string;
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
  /** A moment in the conversation to begin at. */
  readonly near?: string;
}

export const askKinds = ["permission", "question", "plan", "gate", "quota", "collision", "review"] as const;

export interface InboxSearch {
  /** The ask that is open beside the others. */
  readonly ask?: string;
  /** An agent's name. */
  readonly agent?: string;
  readonly kind?: (typeof askKinds)[number];
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

export const callOrders = ["newest", "oldest", "longest", "largest"] as const;
export const traceOutcomes = ["failed", "running", "ok", "error", "timeout", "invalid", "denied", "interrupted"] as const;
export const traceGroups = ["turn", "agent", "tool", "session", "project", "outcome"] as const;

/** Filters of calls or model requests; with a session they are its waterfall. */
export interface TracesSearch {
  /** Model requests in place of calls, as a table. */
  readonly kind?: "requests";
  /** By its id, or in a table its title. */
  readonly session?: string;
  /** By its id, or in a table the name or type that agents have. */
  readonly agent?: string;
  readonly turn?: string;
  readonly model?: string;
  readonly tool?: string;
  readonly outcome?: (typeof traceOutcomes)[number];
  readonly run?: string;
  readonly project?: string;
  /** Calls that took at least so many milliseconds. */
  readonly min?: number;
  readonly since?: string;
  readonly until?: string;
  readonly q?: string;
  readonly by?: (typeof traceGroups)[number];
  readonly order?: (typeof callOrders)[number];
  /** A session's calls as a table. */
  readonly table?: boolean;
  /** What is open beside the rest, as `<session_id> <kind>:<id>`. */
  readonly open?: string;
}

export const searchKinds = ["message", "call", "error", "file", "session", "operation"] as const;

/** How the calls ended that are searched. */
export const searchOutcomes = ["ok", "error", "timeout", "invalid", "denied", "interrupted"] as const;

export interface SearchSearch {
  readonly q?: string;
  readonly kind?: (typeof searchKinds)[number];
  /** By its id or its title. */
  readonly session?: string;
  /** By its id, or the name or type that agents have. */
  readonly agent?: string;
  readonly project?: string;
  readonly tool?: string;
  readonly outcome?: (typeof searchOutcomes)[number];
  readonly since?: string;
  readonly until?: string;
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/;

export function parseRootSearch(search: Record<string, unknown>): RootSearch {
  const { seq, kin } = search;
  const at = time("at", search["at"]);
  const follow = text("follow", search["follow"]);
  return {
    ...at,
    ...(at.at !== undefined && Number.isSafeInteger(seq) && (seq as number) > 0 ? { seq: seq as number } : {}),
    ...follow,
    ...(follow.follow !== undefined && kin === true ? { kin } : {}),
    ...text("project", search["project"], 300),
  };
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
  return { ...text("call", search["call"]), ...time("near", search["near"]) };
}

export function parseInboxSearch(search: Record<string, unknown>): InboxSearch {
  const kind = askKinds.find((one) => one === search["kind"]);
  return { ...text("ask", search["ask"]), ...text("agent", search["agent"]), ...(kind === undefined ? {} : { kind }) };
}

export function parseMoneySearch(search: Record<string, unknown>): MoneySearch {
  const by = usageGroups.find((one) => one === search["by"]);
  const days = spans.find((one) => one === String(search["days"]));
  return { ...(by === undefined ? {} : { by }), ...(days === undefined ? {} : { days }), ...text("project", search["project"], 300) };
}

export function parseWorkSearch(search: Record<string, unknown>): WorkSearch {
  return {
    ...text("q", search["q"]),
    ...text("project", search["project"], 300),
    ...(search["view"] === "list" ? { view: "list" as const } : {}),
    ...text("ticket", search["ticket"]),
  };
}

export function parseTracesSearch(search: Record<string, unknown>): TracesSearch {
  const by = traceGroups.find((one) => one === search["by"]);
  const order = callOrders.find((one) => one === search["order"]);
  const outcome = traceOutcomes.find((one) => one === search["outcome"]);
  const min = Number(search["min"]);
  return {
    ...(search["kind"] === "requests" ? { kind: "requests" as const } : {}),
    ...text("session", search["session"]),
    ...text("agent", search["agent"], 300),
    ...text("turn", search["turn"], 200),
    ...text("model", search["model"], 200),
    ...text("tool", search["tool"], 200),
    ...(outcome === undefined ? {} : { outcome }),
    ...text("run", search["run"], 200),
    ...text("project", search["project"], 300),
    ...(Number.isSafeInteger(min) && min > 0 ? { min } : {}),
    ...time("since", search["since"]),
    ...time("until", search["until"]),
    // Words that are digits only come out of the address as a number.
    ...text("q", typeof search["q"] === "number" ? String(search["q"]) : search["q"], 200),
    ...(by === undefined ? {} : { by }),
    ...(order === undefined ? {} : { order }),
    ...(search["table"] === true ? { table: true } : {}),
    ...text("open", search["open"]),
  };
}

export function parseSearchSearch(search: Record<string, unknown>): SearchSearch {
  const kind = searchKinds.find((one) => one === search["kind"]);
  const outcome = searchOutcomes.find((one) => one === search["outcome"]);
  return {
    ...text("q", typeof search["q"] === "number" ? String(search["q"]) : search["q"]),
    ...(kind === undefined ? {} : { kind }),
    ...text("session", search["session"]),
    ...text("agent", search["agent"], 300),
    ...text("project", search["project"], 300),
    ...text("tool", search["tool"], 200),
    ...(outcome === undefined ? {} : { outcome }),
    ...time("since", search["since"]),
    ...time("until", search["until"]),
  };
}

function time<K extends string>(key: K, value: unknown): { [P in K]?: string } {
  return typeof value === "string" && TIME.test(value) && !Number.isNaN(Date.parse(value)) ? text(key, value) : {};
}

function text<K extends string>(key: K, value: unknown, longest = 500): { [P in K]?: string } {
  return typeof value === "string" && value !== "" && value.length <= longest ? ({ [key]: value } as { [P in K]: string }) : {};
}
