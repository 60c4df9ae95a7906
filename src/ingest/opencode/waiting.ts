import type { EventDraft } from "../../contract/events/index.ts";
import { fields } from "../../formats/fields.ts";
import { readWaiting, type WaitingAsk } from "../../formats/opencode/answers.ts";

/** An ask that waits in a server, with the event that tells of it. */
export interface ServerAsk extends WaitingAsk {
  readonly told: Extract<EventDraft, { type: "ask.opened" }>;
}

/** Who is told what waits in a server. */
export interface ServerAskListener {
  asked(ask: ServerAsk): void;
  /** It was answered there. */
  over(id: string): void;
  /** Everything that waits, on each connection. */
  waiting(ids: readonly string[]): void;
}

/** A server that agents ask for leave, and that takes the answer. */
export interface AskServer {
  readonly server: string;
  listen(listener: ServerAskListener): void;
  /** Posts an answer; `gone` when the server no longer waits for it. Throws when it was not taken. */
  post(path: string, body: object): Promise<"taken" | "gone">;
}

const askTypes: Readonly<Record<string, WaitingAsk["kind"]>> = { "permission.asked": "permission", "question.asked": "question" };
const overTypes: ReadonlySet<unknown> = new Set(["permission.replied", "question.replied", "question.rejected"]);

/** Tells the listener what one event of the stream, whose drafts are stored, says about asks. */
export function tellAsks(listener: ServerAskListener, record: unknown, drafts: readonly EventDraft[]): void {
  const event = fields(record);
  const properties = fields(event?.["properties"]) ?? {};
  const type = String(event?.["type"]);
  const request = properties["requestID"];
  if (overTypes.has(type) && typeof request === "string") listener.over(request);
  const kind = Object.hasOwn(askTypes, type) ? askTypes[type] : undefined;
  const told = drafts.find((draft) => draft.type === "ask.opened");
  const ask = kind === undefined ? undefined : readWaiting(kind, properties);
  if (ask !== undefined && told !== undefined) listener.asked({ ...ask, told });
}

/** What a server says is waiting, as the events that told it when it began; undefined where a version has no such list. */
export async function readWaitingEvents(get: (path: string) => Promise<unknown>): Promise<readonly object[] | undefined> {
  const lists = await Promise.all(
    Object.entries(askTypes).map(async ([type, kind]) => {
      const items = await get(`/${kind}`).catch(() => undefined);
      return Array.isArray(items)
        ? items.filter((item) => fields(item) !== undefined).map((properties) => ({ type, properties }))
        : undefined;
    }),
  );
  return lists.includes(undefined) ? undefined : lists.flatMap((each) => each ?? []);
}
