import type { EventDraft, StoredEvent } from "../../contract/events/index.ts";
import type { OutputFor } from "../../contract/operations/index.ts";
import type { EventLog } from "../../log/log.ts";
import { appendApart } from "../append-apart.ts";

// What every way of reading the log's own records again needs.

export type Row = OutputFor<"ingest.replay">["items"][number];
const PAGE = 500;

/** Events of some types, oldest first, of `seq` above `from` and up to `to`. */
export function* storedEvents(log: Pick<EventLog, "read">, types: readonly string[], from: number, to = Infinity): Generator<StoredEvent> {
  for (let after = from; ;) {
    const page = log.read({ types, after, ...(to === Infinity ? {} : { before: to + 1 }), order: "oldest", limit: PAGE });
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)!.seq;
  }
}

/** A record with the long texts that the log stored beside it. */
export function whole(value: unknown, body: EventLog["body"]): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => whole(item, body));
  const sha256 = bodyOf(value);
  const text = sha256 === undefined ? undefined : body(sha256);
  return text ?? Object.fromEntries(Object.entries(value).map(([key, field]) => [key, whole(field, body)]));
}

/** The digest of the long text that stands for a value, if one does. */
export function bodyOf(value: unknown): string | undefined {
  const sha256 = (value as { readonly body?: { readonly sha256?: unknown } } | null)?.body?.sha256;
  return typeof sha256 === "string" ? sha256 : undefined;
}

/** Appends what a record says now, and counts it. */
export async function store(log: Pick<EventLog, "append">, events: readonly EventDraft[], row: Row): Promise<void> {
  row.understood++;
  if (events.length === 0) return;
  for (const outcome of await appendApart(log.append, events)) {
    if (!("seq" in outcome)) continue;
    if (outcome.duplicate) row.duplicates++;
    else row.stored++;
  }
}
