import { OrreryError } from "../contract/errors.ts";
import type { EventDraft, EventOf, StoredEvent } from "../contract/events/index.ts";
import type { AgentId, InjectionId, SessionId } from "../contract/ids.ts";
import { INJECTION_CHARS, type Injection } from "../contract/operations/context.ts";
import { toTimestamp, type Clock } from "../lib/clock.ts";
import type { EventLog } from "../log/log.ts";
import { inFull } from "./in-full.ts";

type Queued = EventOf<"context.queued">;
type Over = EventOf<"context.delivered"> | EventOf<"context.withdrawn">;
type OverData = { readonly [E in Over as E["type"]]: { readonly type: E["type"]; readonly data: E["data"] } }[Over["type"]];

/** Words for an agent that wait for its next hook. */
export interface Waiting {
  readonly injection_id: InjectionId;
  readonly session_id: SessionId;
  readonly agent_id: AgentId;
  readonly text: string;
  readonly files?: readonly string[];
}

/**
 * What waits to be given to agents, known by its events and so the same after a restart. That each is handed out once is the log's rule L3: its
 * delivery and its withdrawal have one event id, and an id is stored once.
 */
export interface InjectionBook {
  waiting(session_id: SessionId): readonly Waiting[];
  find(injection_id: string): Waiting | undefined;
  queue(data: Queued["data"], session_id: SessionId, agent_id: AgentId): Promise<void>;
  /** Whether it was still waiting. */
  end(of: Waiting, over: OverData): Promise<boolean>;
  /** Of one session, newest first. */
  list(session_id: SessionId): Injection[];
  apply(events: readonly StoredEvent[]): void;
}

const HELD_BY = "orrery/context";
/** It went out with the answer to a hook, and is shown among what hooks told. */
const CARRIED_BY = "orrery/hook";
const NOTE = "injection:";
const PAGE = 2_000;

export function createInjectionBook({
  log,
  clock,
}: {
  readonly log: Pick<EventLog, "read" | "append" | "body" | "notes">;
  readonly clock: Pick<Clock, "now">;
}): InjectionBook {
  const waiting = new Map<SessionId, Map<InjectionId, Waiting>>();
  /** What was given here word for word: what is stored may lack secrets, or all words, by the capture mode. */
  const given = new Map<InjectionId, string>();

  function take(event: StoredEvent): void {
    if ((event.source !== HELD_BY && event.source !== CARRIED_BY) || event.session_id === undefined) return;
    if (event.type === "context.queued") {
      const { data, session_id, agent_id } = event as Queued;
      // What was only read, such as of an imported log, is given to nobody: the log of this home notes what was queued in it.
      if (log.notes.get(NOTE + data.injection_id) === undefined) return;
      const text = given.get(data.injection_id) ?? textOf(event as Queued);
      const files = data.files === undefined ? {} : { files: data.files };
      const each = { injection_id: data.injection_id, session_id: session_id!, agent_id: agent_id!, text, ...files };
      waiting.set(session_id!, (waiting.get(session_id!) ?? new Map()).set(data.injection_id, each));
    } else if (event.type === "context.delivered" || event.type === "context.withdrawn") {
      const own = waiting.get(event.session_id);
      const { injection_id } = (event as Over).data;
      own?.delete(injection_id);
      log.notes.delete(NOTE + injection_id);
      if (own?.size === 0) waiting.delete(event.session_id);
    }
  }

  function textOf({ data }: Queued): string {
    const text = inFull(data.text, log);
    return typeof text === "string" ? text : "";
  }

  let seq = 0;
  for (;;) {
    const page = log.read({
      types: ["context.queued", "context.delivered", "context.withdrawn"],
      after: seq,
      order: "oldest",
      limit: PAGE,
    });
    page.forEach(take);
    if (page.length < PAGE) break;
    seq = page.at(-1)!.seq;
  }

  async function say(id: string, source: string, event: object, { session_id, agent_id }: Pick<Waiting, "session_id" | "agent_id">) {
    const draft = { id, ...event, session_id, agent_id, timestamp: toTimestamp(clock.now()), source } as EventDraft;
    const [stored] = await log.append([draft]);
    return stored?.duplicate !== true;
  }

  return {
    waiting: (session_id) => [...(waiting.get(session_id)?.values() ?? [])],
    find: (id) => [...waiting.values()].flatMap((own) => own.get(id as InjectionId) ?? [])[0],
    async queue(data, session_id, agent_id) {
      const { injection_id, text } = data;
      given.set(injection_id, text as string);
      log.notes.set(NOTE + injection_id, "");
      try {
        await say(`context:${injection_id}:queued@orrery`, HELD_BY, { type: "context.queued", data }, { session_id, agent_id });
      } finally {
        given.delete(injection_id);
      }
    },
    end: (of, over) => say(`context:${of.injection_id}:over@orrery`, over.type === "context.delivered" ? CARRIED_BY : HELD_BY, over, of),
    list(sessionId) {
      const types = ["context.queued", "context.delivered", "context.withdrawn"] as const;
      const events = log.read({ sessionId, types, order: "newest", limit: PAGE });
      const overs = new Map(
        events.flatMap((event) => {
          if (event.type !== "context.delivered" && event.type !== "context.withdrawn") return [];
          const over = event as Over;
          return [[over.data.injection_id, over] as const];
        }),
      );
      return events.flatMap((event) => {
        if (event.type !== "context.queued") return [];
        const queued = event as Queued;
        return [rowOf(queued, textOf(queued), overs.get(queued.data.injection_id))];
      });
    },
    apply: (events) => events.forEach(take),
  };
}

function rowOf({ session_id, agent_id, timestamp, data }: Queued, text: string, over: Over | undefined): Injection {
  const { injection_id, files, by, door } = data;
  return {
    injection_id,
    session_id: session_id!,
    agent_id: agent_id!,
    state: over === undefined ? "waiting" : over.type === "context.delivered" ? "delivered" : "withdrawn",
    text,
    queued_at: timestamp,
    ...(files === undefined ? {} : { files }),
    ...(over === undefined ? {} : { over_at: over.timestamp }),
    ...(over?.type === "context.delivered" ? { hook: over.data.hook } : {}),
    ...(by === undefined ? {} : { by }),
    ...(door === undefined ? {} : { door }),
  };
}

/** Of what waits, as much as one hook can carry, oldest first; what comes alone always fits. */
export function carried(waiting: readonly Waiting[], agent_id: AgentId): readonly Waiting[] {
  const chosen: Waiting[] = [];
  let chars = 0;
  for (const each of waiting) {
    if (each.agent_id !== agent_id) continue;
    chars += each.text.length + 2;
    if (chosen.length > 0 && chars > INJECTION_CHARS) break;
    chosen.push(each);
  }
  return chosen;
}

export function notWaiting(injection_id: string, state: string): OrreryError {
  return new OrreryError("INJECTION_OVER", { injection_id, state });
}
