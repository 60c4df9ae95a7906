import { problemsOf, type Problem } from "../problems.ts";
import { Envelope, type DraftOf, type EventType, type StoredOf } from "../event.ts";
import { alertCleared, alertRaised, alertSnoozed } from "./alert.ts";
import { agentEnded, agentSpawned, agentUpdated } from "./agent.ts";
import { askAnswered, askEscalated, askExpired, askOpened, askWithdrawn } from "./ask.ts";
import { commandExecuted } from "./command.ts";
import { budgetExceeded, budgetWarned } from "./budget.ts";
import { contextCompacted, contextDelivered, contextInjected, contextQueued, contextWithdrawn, skillUsed } from "./context.ts";
import { retentionApplied } from "./keeping.ts";
import { messageAdded } from "./message.ts";
import { promptQueued, promptTaken } from "./prompt.ts";
import { costReported, limitReported, modelFailed, modelResponded } from "./model.ts";
import { sessionEnded, sessionStarted, sessionUpdated } from "./session.ts";
import { sourceConnected, sourceKept, sourceRejected, systemFailed } from "./system.ts";
import { ticketCreated, ticketLinked, ticketUnlinked, ticketUpdated } from "./ticket.ts";
import { todoListed, todoUpdated } from "./todo.ts";
import { tokenCreated, tokenRevoked } from "./token.ts";
import { toolEnded, toolStarted } from "./tool.ts";
import { uiChanged, uiClicked } from "./ui.ts";
import { turnEnded, turnStarted } from "./turn.ts";

/** Every event type that this version writes. */
export const eventTypes = [
  sessionStarted,
  sessionUpdated,
  sessionEnded,
  agentSpawned,
  agentUpdated,
  agentEnded,
  turnStarted,
  turnEnded,
  askOpened,
  askAnswered,
  askWithdrawn,
  askExpired,
  askEscalated,
  messageAdded,
  promptQueued,
  promptTaken,
  toolStarted,
  toolEnded,
  modelResponded,
  modelFailed,
  costReported,
  limitReported,
  budgetWarned,
  budgetExceeded,
  commandExecuted,
  contextCompacted,
  contextQueued,
  contextInjected,
  contextDelivered,
  contextWithdrawn,
  skillUsed,
  alertRaised,
  alertCleared,
  alertSnoozed,
  retentionApplied,
  todoListed,
  todoUpdated,
  ticketCreated,
  ticketUpdated,
  ticketLinked,
  ticketUnlinked,
  tokenCreated,
  tokenRevoked,
  uiChanged,
  uiClicked,
  sourceKept,
  sourceRejected,
  sourceConnected,
  systemFailed,
] as const;

type Known = (typeof eventTypes)[number];

/** An event that a user's own program defined: `x.<name>.<verb>`, any data. */
type CustomDraft = Omit<Envelope, "type"> & { readonly type: `x.${string}`; readonly data: Readonly<Record<string, unknown>> };

export type EventDraft = DraftOf<Known> | CustomDraft;
export type StoredEvent = StoredOf<Known> | (CustomDraft & { readonly seq: number });
export type EventTypeName = Known["type"];
/** The stored form of one type: `EventOf<"tool.started">`. */
export type EventOf<T extends EventTypeName> = Extract<StoredEvent, { type: T }>;

const byName: ReadonlyMap<string, EventType> = new Map(eventTypes.map((event) => [event.type, event as EventType]));

export function eventType(name: string): EventType | undefined {
  return byName.get(name);
}

export type ParsedEvent = { readonly ok: true; readonly draft: EventDraft } | { readonly ok: false; readonly problems: readonly Problem[] };

/** Checks one event from outside: envelope, known type, data. Problems name each bad field by its path. */
export function parseEvent(input: unknown): ParsedEvent {
  const envelope = Envelope.safeParse(input);
  if (!envelope.success) return { ok: false, problems: problemsOf(envelope.error, "event") };
  const data: unknown = (input as { data?: unknown }).data ?? {};
  const type = envelope.data.type;
  if (type.startsWith("x.")) {
    if (typeof data !== "object" || data === null || Array.isArray(data))
      return { ok: false, problems: [{ field: "data", message: "must be an object" }] };
    return { ok: true, draft: { ...envelope.data, type: type as `x.${string}`, data: data as Record<string, unknown> } };
  }
  const known = byName.get(type);
  if (known === undefined)
    return { ok: false, problems: [{ field: "type", message: `unknown event type ${type}; your own events are named x.<name>.<verb>` }] };
  const parsed = known.data.safeParse(data);
  if (!parsed.success) return { ok: false, problems: problemsOf(parsed.error, "event", "data") };
  return { ok: true, draft: { ...envelope.data, data: parsed.data } as EventDraft };
}
