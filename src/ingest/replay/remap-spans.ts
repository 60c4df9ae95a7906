import type { StoredEvent } from "../../contract/events/index.ts";
import type { AliasTable } from "../../formats/otlp/aliases.ts";
import { isOutdated, rawSpanTypes, remapped } from "../../formats/otlp/remap.ts";
import type { EventLog } from "../../log/log.ts";
import { bodyOf, store, storedEvents, whole, type Row } from "./stored.ts";

/** What this is called among the formats that are read again. */
export const REMAPPED = "otlp/aliases";
const FIRST_TABLE = 1;

/** Reads every span again that was understood by an older table of aliases than `table`. Twice is as once. */
export async function remapSpans(log: Pick<EventLog, "append" | "read" | "body" | "head">, table: AliasTable): Promise<Row> {
  const row = { format: REMAPPED, how: "records" as const, records: 0, understood: 0, unknown: 0, stored: 0, duplicates: 0 };
  if (table.version === FIRST_TABLE) return row;
  for (const event of storedEvents(log, rawSpanTypes, 0, log.head())) {
    if (!isOutdated(event, table)) continue;
    row.records++;
    const events = remapped(withTexts(event, log.body), table);
    if (events === undefined) row.unknown++;
    else await store(log, events, row);
  }
  return row;
}

/** The event with its long texts in place. An attribute whose text is kept no more says nothing. */
function withTexts(event: StoredEvent, body: EventLog["body"]): StoredEvent {
  const data = whole(event.data, body) as { readonly attributes: object };
  const attributes = Object.entries(data.attributes).filter(([, value]) => bodyOf(value) === undefined);
  return { ...event, data: { ...data, attributes: Object.fromEntries(attributes) } } as unknown as StoredEvent;
}
