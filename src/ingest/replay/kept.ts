import type { EventDraft, StoredEvent } from "../../contract/events/index.ts";
import type { OutputFor } from "../../contract/operations/index.ts";
import type { EventLog } from "../../log/log.ts";
import { appendApart } from "../append-apart.ts";
import { translated } from "../rejection.ts";
import { keptTranslators, type KeptEvent, type KeptTranslator } from "./translators.ts";

interface Options {
  readonly log: Pick<EventLog, "append" | "read" | "body" | "notes" | "head">;
  readonly translators?: ReadonlyMap<string, KeptTranslator>;
  /** Formats that come from files: reading these again is better than reading what was kept of them. */
  readonly reread?: ReadonlyMap<string, () => Promise<number>>;
}

/** The records that no translator understood yet: how many there are, and what today's translators say of them. */
export interface Kept {
  /** Counts those among new events. */
  count(events: readonly StoredEvent[]): void;
  /** Records not understood so far, by format. */
  unknown(): Readonly<Record<string, number>>;
  replay(input: { readonly format?: string | undefined }): Promise<OutputFor<"ingest.replay">>;
}

const COUNTS = "kept:unknown";
const PAGE = 500;

export function createKept({ log, translators = keptTranslators, reread = new Map() }: Options): Kept {
  const saved = readCounts(log.notes.get(COUNTS));
  let counts = saved.counts;
  let countedTo = saved.to;
  for (const event of keptEvents(log, countedTo)) add(event);
  countedTo = log.head();

  function add(event: StoredEvent): boolean {
    if (event.type !== "source.kept" || event.data.reason !== "unknown") return false;
    counts = { ...counts, [event.data.format]: (counts[event.data.format] ?? 0) + 1 };
    return true;
  }

  function save(): void {
    log.notes.set(COUNTS, JSON.stringify({ counts, to: countedTo }));
  }

  async function replayFormat(format: string): Promise<OutputFor<"ingest.replay">["items"][number]> {
    const again = reread.get(format);
    const translate = translators.get(format);
    const before = log.head();
    const row = { format, records: 0, understood: 0, unknown: 0, stored: 0, duplicates: 0 };
    for (const event of keptEvents(log, 0, before)) {
      if (event.type !== "source.kept" || event.data.reason !== "unknown" || event.data.format !== format) continue;
      row.records++;
      const events = translate === undefined || again !== undefined ? undefined : understood(translate, event, log.body);
      if (events === undefined) {
        row.unknown++;
        continue;
      }
      row.understood++;
      if (events.length === 0) continue;
      for (const outcome of await appendApart(log.append, events)) {
        if (!("seq" in outcome)) continue;
        if (outcome.duplicate) row.duplicates++;
        else row.stored++;
      }
    }
    if (again !== undefined) {
      row.unknown = await again();
      row.understood = Math.max(0, row.records - row.unknown);
      row.stored = log.head() - before;
    }
    counts = { ...counts, [format]: row.unknown };
    save();
    const how = again !== undefined ? ("files" as const) : translate !== undefined ? ("records" as const) : ("nothing" as const);
    return { ...row, how };
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
      for (const each of formats) items.push(await replayFormat(each));
      return { items };
    },
  };
}

/** What a translator says now, or undefined when it still does not know the record. */
function understood(translate: KeptTranslator, kept: KeptEvent, body: EventLog["body"]): readonly EventDraft[] | undefined {
  const { events, problem } = translated(() => translate(whole(kept.data.record, body), kept) ?? { events: [], problem: "outline" });
  if (problem !== undefined && events.length === 0) return undefined;
  return events.some((event) => event.type === "source.kept" && event.data.reason === "unknown") ? undefined : events;
}

/** A record with the long texts that the log stored beside it. */
function whole(value: unknown, body: EventLog["body"]): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => whole(item, body));
  const sha256 = (value as { readonly body?: { readonly sha256?: unknown } }).body?.sha256;
  const text = typeof sha256 === "string" ? body(sha256) : undefined;
  return text ?? Object.fromEntries(Object.entries(value).map(([key, field]) => [key, whole(field, body)]));
}

function* keptEvents(log: Pick<EventLog, "read">, from: number, to = Infinity): Generator<StoredEvent> {
  for (let after = from; ;) {
    const page = log.read({ types: ["source.kept"], after, ...(to === Infinity ? {} : { before: to + 1 }), order: "oldest", limit: PAGE });
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)!.seq;
  }
}

function readCounts(note: string | undefined): { readonly counts: Readonly<Record<string, number>>; readonly to: number } {
  if (note === undefined) return { counts: {}, to: 0 };
  return JSON.parse(note) as { readonly counts: Readonly<Record<string, number>>; readonly to: number };
}
