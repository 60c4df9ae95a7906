import type { EventDraft, StoredEvent } from "../../contract/events/index.ts";
import type { OutputFor } from "../../contract/operations/index.ts";
import { aliasTable, type AliasTable } from "../../formats/otlp/aliases.ts";
import type { EventLog } from "../../log/log.ts";
import { translated } from "../rejection.ts";
import { REMAPPED, remapSpans } from "./remap-spans.ts";
import { store, storedEvents, whole, type Row } from "./stored.ts";
import { keptTranslators, type KeptEvent, type KeptTranslator } from "./translators.ts";

interface Options {
  readonly log: Pick<EventLog, "append" | "read" | "body" | "notes" | "head">;
  readonly translators?: ReadonlyMap<string, KeptTranslator>;
  /** By which spans are read whose columns an older table found. */
  readonly aliases?: AliasTable;
  /** Formats that come from files: reading these again is better than reading what was kept of them. */
  readonly reread?: ReadonlyMap<string, () => Promise<number>>;
}

/** The records that no translator understood yet: how many there are, and what today's translators say of them, and of spans read by an older table. */
export interface Kept {
  /** Counts those among new events. */
  count(events: readonly StoredEvent[]): void;
  /** Records not understood so far, by format. */
  unknown(): Readonly<Record<string, number>>;
  replay(input: { readonly format?: string | undefined }): Promise<OutputFor<"ingest.replay">>;
}

const COUNTS = "kept:unknown";
const KEPT = ["source.kept"];

export function createKept({ log, translators = keptTranslators, aliases = aliasTable, reread = new Map() }: Options): Kept {
  const saved = readCounts(log.notes.get(COUNTS));
  let counts = saved.counts;
  let countedTo = saved.to;
  for (const event of storedEvents(log, KEPT, countedTo)) add(event);
  countedTo = log.head();

  function add(event: StoredEvent): boolean {
    if (event.type !== "source.kept" || event.data.reason !== "unknown") return false;
    counts = { ...counts, [event.data.format]: (counts[event.data.format] ?? 0) + 1 };
    return true;
  }

  function save(): void {
    log.notes.set(COUNTS, JSON.stringify({ counts, to: countedTo }));
  }

  async function replayFormat(format: string): Promise<Row> {
    const again = reread.get(format);
    const translate = translators.get(format);
    const before = log.head();
    const how = again !== undefined ? ("files" as const) : translate !== undefined ? ("records" as const) : ("nothing" as const);
    const row = { format, how, records: 0, understood: 0, unknown: 0, stored: 0, duplicates: 0 };
    for (const event of storedEvents(log, KEPT, 0, before)) {
      if (event.type !== "source.kept" || event.data.reason !== "unknown" || event.data.format !== format) continue;
      row.records++;
      const events = translate === undefined || again !== undefined ? undefined : understood(translate, event, log.body);
      if (events === undefined) row.unknown++;
      else await store(log, events, row);
    }
    if (again !== undefined) {
      row.unknown = await again();
      row.understood = Math.max(0, row.records - row.unknown);
      row.stored = log.head() - before;
    }
    counts = { ...counts, [format]: row.unknown };
    save();
    return row;
  }

  return {
    count(events) {
      const before = counts;
      for (const event of events) add(event);
      countedTo = events.at(-1)?.seq ?? countedTo;
      if (counts !== before) save();
    },
    unknown: () => Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    async replay({ format }) {
      const formats = format === undefined ? Object.keys(counts).toSorted() : [format];
      const items = [];
      for (const each of formats) items.push(each === REMAPPED ? await remapSpans(log, aliases) : await replayFormat(each));
      if (format !== undefined) return { items };
      const spans = await remapSpans(log, aliases);
      return { items: spans.records === 0 ? items : [...items, spans] };
    },
  };
}

/** What a translator says now, or undefined when it still does not know the record. */
function understood(translate: KeptTranslator, kept: KeptEvent, body: EventLog["body"]): readonly EventDraft[] | undefined {
  const { events, problem } = translated(() => translate(whole(kept.data.record, body), kept) ?? { events: [], problem: "outline" });
  if (problem !== undefined && events.length === 0) return undefined;
  return events.some((event) => event.type === "source.kept" && event.data.reason === "unknown") ? undefined : events;
}

function readCounts(note: string | undefined): { readonly counts: Readonly<Record<string, number>>; readonly to: number } {
  if (note === undefined) return { counts: {}, to: 0 };
  return JSON.parse(note) as { readonly counts: Readonly<Record<string, number>>; readonly to: number };
}
