import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { createClient } from "../client/index.ts";
import { parseEvent, type EventDraft, type StoredEvent } from "../contract/events/index.ts";
import type { SessionId } from "../contract/ids.ts";
import { systemClock } from "../lib/clock.ts";
import { createMemoryLog, openSqliteLog } from "../log/index.ts";
import type { EventLog } from "../log/log.ts";
import { decodeState, encodeSession, encodeState, type WireState } from "../projections/encode.ts";
import { emptyState, foldState, type State } from "../projections/state.ts";
import { createArrayLog } from "../testing/gateway-array-log.ts";
import { openFrameReader, startTestGateway, type TestGateway } from "../testing/gateway-fixture.ts";

testOver("memory", () => ({ log: createMemoryLog({ clock: systemClock }), remove: () => undefined }), 15);
testOver(
  "SQLite",
  () => {
    const home = mkdtempSync(join(tmpdir(), "orrery-gateway-"));
    return { log: openSqliteLog({ home, clock: systemClock }), remove: () => rmSync(home, { recursive: true }) };
  },
  8,
);

/** Several programs append at once while clients come; each gets a snapshot, then exactly what is after it. */
function testOver(name: string, open: () => { readonly log: EventLog; remove(): void }, numRuns: number): void {
  test(`${name} log: under concurrent appends every client's snapshot and events make the same picture`, async (t) => {
    const plan = fc.record({
      writers: fc.array(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 4 }),
      clients: fc.array(fc.nat(12), { minLength: 1, maxLength: 6 }),
    });
    const property = fc.asyncProperty(plan, async ({ writers, clients }) => {
      const { log, remove } = open();
      const { gateway, picture } = await startOver(log);
      let made = 0;
      const writing = writers.map(async (batches, writer) => {
        const client = createClient({ url: gateway.url });
        for (const size of batches) await client.events.append({ events: Array.from({ length: size }, () => draft(++made, writer)) });
      });
      const reading = clients.map(async (turns) => {
        for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
        const reader = await openFrameReader(gateway.url);
        await reader.ask("subscribe", { channels: ["*"], snapshot: true });
        return reader;
      });
      const readers = await Promise.all(reading);
      await Promise.all(writing);
      for (const reader of readers) {
        const { seq, state } = (await reader.until((frame) => frame["type"] === "snapshot")) as unknown as {
          seq: number;
          state: WireState;
        };
        await reader.until((frame) => seq === log.head() || (frame["seq"] === log.head() && frame["type"] !== "snapshot"));
        const events = reader.events();
        assert.deepEqual(
          events.map((event) => event.seq),
          Array.from({ length: log.head() - seq }, (_, index) => seq + index + 1),
        );
        let folded = decodeState(state);
        for (const event of events) folded = foldState(folded, event);
        assert.deepEqual(sortedSessions(folded), sortedSessions(picture()));
      }
      await gateway.close();
      await log.close();
      remove();
    });
    await fc.assert(property, {
      numRuns,
      asyncReporter: async (details) => {
        t.diagnostic(`seed ${details.seed}`);
        if (details.failed) throw new Error(await fc.asyncDefaultReportMessage(details));
      },
    });
  });
}

async function startOver(log: EventLog): Promise<{ readonly gateway: TestGateway; picture(): State }> {
  let state = emptyState;
  log.onCommit((events) => {
    for (const event of events) state = foldState(state, event);
  });
  const gateway = await startTestGateway({
    log: { ...createArrayLog(), head: log.head, readLog: log.read, onCommit: log.onCommit },
    snapshot: () => ({ seq: state.seq, pieces: [{ json: JSON.stringify(encodeState(state)) }] }),
    handlers: {
      "events.append": async ({ events }) => {
        const drafts = events.map(parseEvent).flatMap((parsed) => (parsed.ok ? [parsed.draft] : []));
        const appended = await log.append(drafts);
        return { stored: appended.length, duplicates: 0, rejected: 0, items: [] };
      },
    },
  });
  return { gateway, picture: () => state };
}

function draft(n: number, writer: number): EventDraft {
  const data = { call_id: `call_${n}`, name: "Bash", kind: "run" };
  const envelope = { id: `e${n}`, timestamp: "2026-11-20T09:46:24.031Z", source: "test/api", session_id: `ses_${writer}` as SessionId };
  return { ...envelope, type: "tool.started", data } as unknown as StoredEvent;
}

function sortedSessions(state: State): unknown[] {
  return [...state.sessions.values()].toSorted((a, b) => (a.session_id < b.session_id ? -1 : 1)).map(encodeSession);
}
