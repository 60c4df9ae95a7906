import type { StoredEvent } from "../contract/events/index.ts";
import type { SessionId } from "../contract/ids.ts";
import { subjectFilter } from "../lib/subject.ts";
import { createLog, type LogOptions } from "./create-log.ts";
import type { Checkpoint, EventLog, ReadQuery } from "./log.ts";
import type { Store, Written } from "./store.ts";

/** A log that lives as long as its process: for tests, and the reference for what every other store must do. */
export function createMemoryLog(options: LogOptions): EventLog {
  return createLog(memoryStore(), options);
}

function memoryStore(): Store {
  const events: StoredEvent[] = [];
  const seqById = new Map<string, number>();
  const bodies = new Map<string, { text: string; storedMs: number }>();
  const notes = new Map<string, string>();
  const checkpoints: Checkpoint[] = [];
  const summaries = new Map<SessionId, { seq: number; summary: string }>();

  return {
    head: () => events.length,
    write(batch) {
      for (const [sha256, text] of batch.bodies) bodies.set(sha256, { text, storedMs: batch.atMs });
      for (const [key, value] of batch.notes) {
        if (value === undefined) notes.delete(key);
        else notes.set(key, value);
      }
      if (batch.clearCheckpoints) {
        checkpoints.length = 0;
        summaries.clear();
      }
      checkpoints.push(...batch.checkpoints);
      for (const [sessionId, row] of batch.summaries) summaries.set(sessionId, row);
      return batch.entries.map(({ draft }): Written => {
        const before = seqById.get(draft.id);
        if (before !== undefined) return { duplicateOf: before };
        const stored = { seq: events.length + 1, ...draft } as StoredEvent;
        events.push(stored);
        seqById.set(stored.id, stored.seq);
        return { stored };
      });
    },
    read(query) {
      const matching = events.filter(matcher(query));
      return query.order === "newest" ? matching.toReversed().slice(0, query.limit) : matching.slice(0, query.limit);
    },
    body: (sha256) => bodies.get(sha256)?.text,
    note: (key) => notes.get(key),
    notes: (prefix) => [...notes].filter(([key]) => key.startsWith(prefix)),
    latestCheckpoint: (sessionId, moment) =>
      checkpoints
        .filter(
          (point) => point.sessionId === sessionId && ("seq" in moment ? point.seq <= moment.seq : point.shownAtMs <= moment.shownAtMs),
        )
        .reduce<Checkpoint | undefined>((best, point) => (best === undefined || point.seq >= best.seq ? point : best), undefined),
    firstSeq: (sessionId) => events.find((event) => event.session_id === sessionId)?.seq,
    summaries: () => [...summaries].map(([sessionId, row]) => ({ sessionId, ...row })),
    oldBodies(beforeMs, drop) {
      const old = [...bodies].filter(([, { storedMs }]) => storedMs < beforeMs);
      if (drop) for (const [sha256] of old) bodies.delete(sha256);
      return { items: old.length, bytes: old.reduce((sum, [, { text }]) => sum + Buffer.byteLength(text), 0) };
    },
    replaceData(changed) {
      for (const event of changed) events[event.seq - 1] = event;
      const touched = new Set(changed.map((event) => event.session_id));
      checkpoints.splice(0, checkpoints.length, ...checkpoints.filter(({ sessionId }) => !touched.has(sessionId)));
    },
    sizeBytes: () => 0,
    close: () => undefined,
  };
}

function matcher(query: ReadQuery): (event: StoredEvent) => boolean {
  const isWanted = query.types === undefined ? () => true : subjectFilter(query.types);
  return (event) => {
    const at = Date.parse(event.timestamp);
    return (
      event.seq > (query.after ?? 0) &&
      event.seq < (query.before ?? Infinity) &&
      at >= (query.sinceMs ?? -Infinity) &&
      at <= (query.untilMs ?? Infinity) &&
      (query.sessionId === undefined || event.session_id === query.sessionId) &&
      (query.agentId === undefined || event.agent_id === query.agentId) &&
      (query.runId === undefined || event.run_id === query.runId) &&
      isWanted(event.type)
    );
  };
}
