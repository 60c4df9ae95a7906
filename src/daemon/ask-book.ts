import { OrreryError } from "../contract/errors.ts";
import type { EventDraft, EventOf, StoredEvent } from "../contract/events/index.ts";
import type { AgentId, AskId, SessionId } from "../contract/ids.ts";
import { toTimestamp, type Clock } from "../lib/clock.ts";
import type { EventLog } from "../log/log.ts";
import { inFull } from "./in-full.ts";

type Opened = EventOf<"ask.opened">;
/** The events that end an ask. */
export type Decided = EventOf<"ask.answered"> | EventOf<"ask.withdrawn"> | EventOf<"ask.expired">;

/** An ask whose answer somebody waits for here. */
export interface HeldAsk {
  readonly ask_id: AskId;
  readonly opened: Opened;
  readonly decided?: Decided;
  /** The decision was made by this process; one that was only read, such as of an imported log, sets nothing going. */
  readonly is_decided_here?: boolean;
  readonly escalated_at?: string;
}

/** An ask that is to be opened, and whose it is. */
export interface Asking {
  readonly data: Opened["data"];
  readonly session_id?: SessionId;
  readonly agent_id?: AgentId;
}

type Decision = { readonly [E in Decided as E["type"]]: { readonly type: E["type"]; readonly data: E["data"] } }[Decided["type"]];

/**
 * Every ask that Orrery holds: known by its events, so that it is the same after a restart. That an ask is decided once is the log's rule L3:
 * all decisions about it have one event id, and an id is stored once.
 */
export interface AskBook {
  open(): readonly HeldAsk[];
  get(id: string): HeldAsk | undefined;
  /** Those that are over, latest first. */
  latestClosed(limit: number): readonly HeldAsk[];
  /** The same id again gives the ask that is there. */
  ask(asking: Asking): Promise<HeldAsk>;
  /** `ASK_ALREADY_ANSWERED` when another decision was first. */
  decide(id: AskId, decision: Decision): Promise<HeldAsk>;
  /** The ask when it is decided, or as it is after `ms`. Rejects with `STOPPING`, or with the signal's reason. */
  wait(id: AskId, ms: number, signal?: AbortSignal): Promise<HeldAsk>;
  apply(events: readonly StoredEvent[]): void;
  /** Begins to watch deadlines; those that passed meanwhile are due at once. */
  start(): void;
  stop(): void;
}

interface Place {
  readonly opened: number;
  readonly decided?: number;
}

/** The source of events about asks that wait here. */
export const HELD_BY = "orrery/asks";
const PAGE = 2_000;
/** Decided asks that are kept as they were given: whoever waited may ask again for a while. */
const KEPT = 500;
const RETRY_MS = 1_000;
/** Timers count to 24 days at most. */
const LONGEST_TIMER_MS = 3_600_000;

export function createAskBook({
  log,
  clock,
  onError,
}: {
  readonly log: Pick<EventLog, "read" | "append" | "body">;
  readonly clock: Pick<Clock, "now" | "after">;
  readonly onError: (error: unknown) => void;
}): AskBook {
  const open = new Map<AskId, HeldAsk>();
  const closed = new Map<AskId, HeldAsk>();
  const places = new Map<AskId, Place>();
  /** What was given here word for word, by event: what is stored may lack secrets, or all words, by the capture mode. */
  const given = new Map<string, EventDraft["data"]>();
  const deciding = new Map<AskId, Promise<unknown>>();
  const waiting = new Map<AskId, Set<() => void>>();
  let isRunning = false;
  let isStopped = false;
  let cancelTimer = (): void => undefined;

  function asGiven<E extends StoredEvent>(event: E): E {
    const data = given.get(event.id) ?? inFull(event.data, log);
    given.delete(event.id);
    return { ...event, data } as E;
  }

  function take(event: StoredEvent): void {
    if (event.source !== HELD_BY) return;
    switch (event.type) {
      case "ask.opened": {
        const opened = event as Opened;
        const id = opened.data.ask_id;
        if (places.has(id)) return;
        places.set(id, { opened: event.seq });
        open.set(id, { ask_id: id, opened: asGiven(opened) });
        return;
      }
      case "ask.escalated": {
        const held = open.get((event as EventOf<"ask.escalated">).data.ask_id);
        if (held !== undefined) open.set(held.ask_id, { ...held, escalated_at: event.timestamp });
        return;
      }
      case "ask.answered":
      case "ask.withdrawn":
      case "ask.expired": {
        const decided = event as Decided;
        const held = open.get(decided.data.ask_id);
        if (held === undefined) return;
        open.delete(held.ask_id);
        places.set(held.ask_id, { ...places.get(held.ask_id)!, decided: event.seq });
        const is_decided_here = given.has(decided.id);
        closed.set(held.ask_id, { ...held, decided: asGiven(decided), is_decided_here });
        for (const [oldest] of closed) if (closed.size > KEPT) closed.delete(oldest);
        for (const wake of waiting.get(held.ask_id) ?? []) wake();
      }
    }
  }

  let seq = 0;
  for (;;) {
    const page = log.read({ types: ["ask.*"], after: seq, order: "oldest", limit: PAGE });
    page.forEach(take);
    if (page.length < PAGE) break;
    seq = page.at(-1)!.seq;
  }

  function get(id: string): HeldAsk | undefined {
    const held = open.get(id as AskId) ?? closed.get(id as AskId);
    const place = places.get(id as AskId);
    if (held !== undefined || place === undefined) return held;
    const at = <E extends StoredEvent>(event: number): E => asGiven(log.read({ after: event - 1, before: event + 1, limit: 1 })[0] as E);
    return { ask_id: id as AskId, opened: at<Opened>(place.opened), decided: at<Decided>(place.decided!) };
  }

  /** Whether it is new to the log. */
  async function say(draft: Pick<EventDraft, "id" | "type" | "data">, of: Asking | Opened): Promise<boolean> {
    const { session_id, agent_id } = of;
    const where = { ...(session_id === undefined ? {} : { session_id }), ...(agent_id === undefined ? {} : { agent_id }) };
    given.set(draft.id, draft.data);
    try {
      const [stored] = await log.append([{ ...draft, ...where, timestamp: toTimestamp(clock.now()), source: HELD_BY } as EventDraft]);
      return stored?.duplicate !== true;
    } finally {
      given.delete(draft.id);
    }
  }

  async function decide(id: AskId, { type, data }: Decision): Promise<HeldAsk> {
    // Of those that come while one is being stored, the one before is first: its words are the ones that are kept.
    for (let before = deciding.get(id); before !== undefined; before = deciding.get(id)) await before.catch(() => undefined);
    const held = get(id);
    if (held === undefined) throw new OrreryError("NOT_FOUND", { what: "ask", id });
    if (held.decided !== undefined) throw alreadyAnswered(held, held.decided);
    const run = say({ id: `ask:${id}:decided@orrery`, type, data }, held.opened);
    deciding.set(id, run);
    const isFirst = await run.finally(() => deciding.delete(id));
    const after = get(id)!;
    if (!isFirst) throw alreadyAnswered(after, after.decided!);
    return after;
  }

  function watch(): void {
    cancelTimer();
    if (!isRunning) return;
    const next = [...open.values()].reduce((at, held) => Math.min(at, dueMs(held)), Infinity);
    if (next === Infinity) return;
    cancelTimer = clock.after(Math.min(Math.max(0, next - clock.now()), LONGEST_TIMER_MS), lookAtDeadlines);
  }

  function lookAtDeadlines(): void {
    const due = [...open.values()].filter((held) => dueMs(held) <= clock.now());
    if (due.length === 0) watch();
    else void timeOutAll(due);
  }

  async function timeOutAll(due: readonly HeldAsk[]): Promise<void> {
    const ended = await Promise.allSettled(due.map(timeOut));
    const failed = ended.filter((each) => each.status === "rejected").map(({ reason }) => reason as unknown);
    const troubles = failed.filter((error) => !(error instanceof OrreryError && error.code === "ASK_ALREADY_ANSWERED"));
    troubles.forEach(onError);
    // What could not be stored is tried again in a while, not at once.
    if (troubles.length > 0 && isRunning) cancelTimer = clock.after(RETRY_MS, lookAtDeadlines);
    else watch();
  }

  async function timeOut(held: HeldAsk): Promise<unknown> {
    const { ask_id, deadline, on_timeout = "deny" } = held.opened.data;
    if (on_timeout === "escalate")
      return say({ id: `ask:${ask_id}:escalated@orrery`, type: "ask.escalated", data: { ask_id, deadline } }, held.opened);
    if (on_timeout === "deny") return decide(ask_id, { type: "ask.expired", data: { ask_id, deadline } });
    const by = { by: "on_timeout", door: "deadline" };
    if (on_timeout === "pass") return decide(ask_id, { type: "ask.withdrawn", data: { ask_id, reason: "nobody answered in time", ...by } });
    const answer = held.opened.data.kind === "permission" ? { decision: "allow" } : { approved: true };
    return decide(ask_id, { type: "ask.answered", data: { ask_id, outcome: "allowed", answer, ...by } });
  }

  return {
    open: () => [...open.values()],
    get,
    latestClosed(limit) {
      const ids = [...places].filter(([id]) => !open.has(id)).toSorted(([, a], [, b]) => b.decided! - a.decided!);
      return ids.slice(0, limit).map(([id]) => get(id)!);
    },
    async ask(asking) {
      const id = asking.data.ask_id;
      if (isStopped) throw new OrreryError("STOPPING");
      if (!places.has(id)) await say({ id: `ask:${id}:opened@orrery`, type: "ask.opened", data: asking.data }, asking);
      watch();
      return get(id)!;
    },
    decide,
    wait(id, ms, signal) {
      const held = get(id);
      if (held === undefined) return Promise.reject(new OrreryError("NOT_FOUND", { what: "ask", id }));
      if (held.decided !== undefined || ms === 0) return Promise.resolve(held);
      if (isStopped) return Promise.reject(new OrreryError("STOPPING"));
      return new Promise((resolve, reject) => {
        const waiters = waiting.get(id) ?? new Set();
        waiting.set(id, waiters.add(wake));
        const cancel = clock.after(ms, wake);
        signal?.addEventListener("abort", wake, { once: true });
        function wake(): void {
          cancel();
          signal?.removeEventListener("abort", wake);
          waiters.delete(wake);
          if (waiters.size === 0) waiting.delete(id);
          const now = get(id)!;
          if (signal?.aborted === true) reject(signal.reason as Error);
          else if (isStopped && now.decided === undefined) reject(new OrreryError("STOPPING"));
          else resolve(now);
        }
      });
    },
    apply: (events) => events.forEach(take),
    start() {
      isRunning = true;
      watch();
    },
    stop() {
      isRunning = false;
      isStopped = true;
      cancelTimer();
      for (const waiters of waiting.values()) for (const wake of waiters) wake();
    },
  };
}

/** When something is to be done about an ask that nobody answers. */
function dueMs({ opened, escalated_at }: HeldAsk): number {
  const { deadline, on_timeout } = opened.data;
  if (deadline === undefined || on_timeout === "wait" || escalated_at !== undefined) return Infinity;
  return Date.parse(deadline);
}

function alreadyAnswered({ ask_id }: HeldAsk, decided: Decided): OrreryError {
  const outcome = outcomeOfDecided(decided);
  const { by, door } = decided.data as { readonly by?: string; readonly door?: string };
  return new OrreryError("ASK_ALREADY_ANSWERED", {
    ask_id,
    outcome,
    at: decided.timestamp,
    ...(by === undefined ? {} : { by }),
    ...(door === undefined ? {} : { door }),
  });
}

export function outcomeOfDecided(decided: Decided): NonNullable<EventOf<"ask.answered">["data"]["outcome"]> {
  if (decided.type === "ask.answered") return decided.data.outcome;
  return decided.type === "ask.expired" ? "expired" : "cancelled";
}
