import type { Config } from "../contract/config.ts";
import type { EventDraft, StoredEvent } from "../contract/events/index.ts";
import type { SessionId } from "../contract/ids.ts";
import type { OutputFor } from "../contract/operations/index.ts";
import { withoutContent } from "../ingest/index.ts";
import { pause, toTimestamp, type Clock } from "../lib/clock.ts";
import { randomId } from "../lib/ids.ts";
import type { EventLog } from "../log/log.ts";

type Item = OutputFor<"retention.apply">["items"][number];
type Kind = Item["kind"];

interface Deps {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly config: Pick<Config, "keep_bodies" | "keep_texts" | "keep_raw">;
  /** Every session with the time of its last event. */
  readonly sessions: () => readonly { readonly session_id: SessionId; readonly lastMs: number }[];
  readonly refold: (sessionId: SessionId) => void;
  readonly salt: () => string;
}

interface Found {
  readonly items: number;
  readonly bytes: number;
  readonly sessions?: readonly SessionId[];
}

const DAY_MS = 24 * 60 * 60_000;
const PAGE = 500;
const SESSIONS_PER_EVENT = 1_000;
/** By session: the last event whose words are gone. */
const TEXTS_GONE = "retention.texts.";

/**
 * Lets go of content by age: long texts (`bodies`) some days after they were stored, all words of a session (`texts`) and records that
 * nobody understood (`raw`) some days after they were told. Events, names, figures and sums stay.
 */
export function createRetention({
  log,
  clock,
  config,
  sessions,
  refold,
  salt,
}: Deps): (dryRun: boolean) => Promise<OutputFor<"retention.apply">> {
  const kept: Readonly<Record<Kind, number | null>> = { bodies: config.keep_bodies, texts: config.keep_texts, raw: config.keep_raw };
  const find: Readonly<Record<Kind, (beforeMs: number, drop: boolean) => Promise<Found>>> = {
    bodies: async (beforeMs, drop) => log.keeping.oldBodies(beforeMs, drop),
    texts: oldTexts,
    raw: (beforeMs, drop) => cutAll({ types: ["source.kept", "source.rejected"], untilMs: beforeMs }, drop),
  };
  let last: Promise<unknown> = Promise.resolve();

  async function oldTexts(beforeMs: number, drop: boolean): Promise<Found> {
    const changed: SessionId[] = [];
    let bytes = 0;
    for (const { session_id, lastMs } of sessions()) {
      if (lastMs >= beforeMs) continue;
      const done = Number(log.notes.get(TEXTS_GONE + session_id) ?? 0);
      const found = await cutAll({ sessionId: session_id, after: done }, drop);
      if (found.items > 0) changed.push(session_id);
      bytes += found.bytes;
      if (drop && found.items > 0) refold(session_id);
      if (drop && found.lastSeq > done) log.notes.set(TEXTS_GONE + session_id, String(found.lastSeq));
    }
    if (drop && changed.length > 0) await log.notes.flush();
    return { items: changed.length, bytes, sessions: changed };
  }

  /** Takes the words out of what a query finds, a page at a time, and lets others have the process in between. */
  async function cutAll(
    query: Omit<Parameters<EventLog["read"]>[0], "limit">,
    drop: boolean,
  ): Promise<Found & { readonly lastSeq: number }> {
    let items = 0;
    let bytes = 0;
    let lastSeq = query.after ?? 0;
    for (;;) {
      const page = log.read({ ...query, after: lastSeq, limit: PAGE });
      const cut = page.flatMap((event) => {
        const shorter = withoutContent(event, 0, salt(), "texts") as StoredEvent;
        const [before, after] = [JSON.stringify(event.data), JSON.stringify(shorter.data)];
        if (before === after) return [];
        bytes += Math.max(0, before.length - after.length);
        return [shorter];
      });
      items += cut.length;
      if (drop && cut.length > 0) log.keeping.replaceData(cut);
      lastSeq = page.at(-1)?.seq ?? lastSeq;
      if (page.length < PAGE) return { items, bytes, lastSeq };
      await pause(clock);
    }
  }

  async function run(dryRun: boolean): Promise<OutputFor<"retention.apply">> {
    const items: Item[] = [];
    for (const kind of ["bodies", "texts", "raw"] as const) {
      const days = kept[kind];
      if (days === null) {
        items.push({ kind, after_days: null, items: 0, bytes: 0 });
        continue;
      }
      const found = await find[kind](clock.now() - days * DAY_MS, !dryRun);
      items.push({ kind, after_days: days, items: found.items, bytes: found.bytes });
      if (!dryRun && found.items > 0) await log.append(told(kind, days, found));
    }
    return { dry_run: dryRun, items };
  }

  function told(kind: Kind, days: number, { items, bytes, sessions: changed = [] }: Found): EventDraft[] {
    const groups: (readonly SessionId[])[] = [changed.slice(0, SESSIONS_PER_EVENT)];
    for (let at = SESSIONS_PER_EVENT; at < changed.length; at += SESSIONS_PER_EVENT)
      groups.push(changed.slice(at, at + SESSIONS_PER_EVENT));
    return groups.map((group, index) => ({
      id: randomId("evt"),
      type: "retention.applied",
      timestamp: toTimestamp(clock.now()),
      source: "orrery/other",
      data: {
        kind,
        after_days: days,
        items: index === 0 ? items : 0,
        bytes: index === 0 ? bytes : 0,
        ...(group.length === 0 ? {} : { session_ids: [...group] }),
      },
    }));
  }

  // One at a time: two passes would count the same words twice.
  return (dryRun) => {
    const next = last.then(() => run(dryRun));
    last = next.catch(() => undefined);
    return next;
  };
}
