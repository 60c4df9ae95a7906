import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { OrreryError } from "../../contract/errors.ts";
import type { EventDraft } from "../../contract/events/index.ts";
import type { Signal } from "../../formats/otlp/records.ts";
import { systemClock } from "../../lib/clock.ts";
import { createMemoryLog } from "../../log/index.ts";
import { testSource } from "../../testing/source-suite.ts";
import { createOtlpSource } from "./otlp.ts";

function recorded(name: string): { readonly signal: Signal; readonly body: unknown }[] {
  const url = new URL(`../../../test/fixtures/claude-code/${name}/otel.jsonl`, import.meta.url);
  return readFileSync(url, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { signal: Signal; body: unknown });
}

testSource("otlp", {
  kind: "records",
  runs: 5,
  pieces: recorded("subagents-nested").map((request) => JSON.stringify(request)),
  async open(log) {
    const source = createOtlpSource({ append: log.append, clock: systemClock });
    return {
      async give(piece) {
        const request = parsed(piece);
        await source.take(request.signal ?? "logs", { json: request.body }).catch((error: unknown) => {
          if (!(error instanceof OrreryError && error.code === "BAD_INPUT")) throw error;
        });
      },
      close: () => Promise.resolve(),
    };
  },
});

function parsed(piece: string): { readonly signal?: Signal; readonly body?: unknown } {
  try {
    const value = JSON.parse(piece) as { signal?: Signal; body?: unknown } | null;
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

test("an export that comes twice is stored once, and the source's figures say so", async () => {
  const log = createMemoryLog({ clock: systemClock });
  const source = createOtlpSource({ append: log.append, clock: systemClock });
  const statuses = () => source.sources.map((each) => each.status());
  const sum = (of: "events" | "records" | "rejected" | "kept") => statuses().reduce((total, status) => total + status[of], 0);
  assert.deepEqual([...new Set(statuses().map(({ state }) => state))], ["waiting"]);
  for (const { signal, body } of recorded("simple-tools")) await source.take(signal, { json: body });
  const events = sum("events");
  const connected = statuses().filter(({ state }) => state === "connected");
  assert.deepEqual(
    connected.map(({ name }) => name),
    ["claude-code otel logs", "claude-code otel metrics", "claude-code otel spans"],
  );
  assert.ok(connected.every((status) => status.events > 0));
  assert.ok(events > 50 && sum("records") > events && sum("kept") > 0);
  assert.equal(sum("rejected"), 0);
  for (const { signal, body } of recorded("simple-tools")) await source.take(signal, { json: body });
  assert.equal(sum("events"), events);
  assert.equal(log.head(), events);
  await log.close();
});

test("what nobody knows is kept as it came, and counted", async () => {
  const log = createMemoryLog({ clock: systemClock });
  const source = createOtlpSource({ append: log.append, clock: systemClock });
  const record = (name: string, attributes: object) => ({
    timeUnixNano: "1795170075819000000",
    body: { stringValue: name },
    attributes: Object.entries(attributes).map(([key, value]) => ({ key, value: { stringValue: String(value) } })),
  });
  const logRecords = [record("claude_code.brand_new", { "session.id": "s1", "event.sequence": "4" }), record("claude_code.brand_new", {})];
  const taken = await source.take("logs", { json: { resourceLogs: [{ scopeLogs: [{ logRecords }] }] } });
  assert.equal(taken.rejected, 1);
  assert.match(taken.reason ?? "", /session\.id/);
  const [kept] = log.read({ types: ["source.kept"], limit: 10 });
  assert.equal(kept?.type === "source.kept" && kept.data.reason, "unknown");
  assert.deepEqual(kept?.type === "source.kept" && (kept.data.record as { attributes: object }).attributes, {
    "session.id": "s1",
    "event.sequence": "4",
  });
  assert.equal(source.sources.at(-1)!.status().kept, 1);
  assert.equal(log.read({ types: ["source.rejected"], limit: 10 }).length, 1);
  await log.close();
});

test("a busy log is the sender's to try again, and nothing is lost by it", async () => {
  const stored: EventDraft[] = [];
  let isBusy = true;
  const append = async (drafts: readonly EventDraft[]) => {
    if (isBusy) throw new OrreryError("LOG_BUSY");
    stored.push(...drafts);
    return drafts.map(({ id }, index) => ({ id, seq: index + 1, duplicate: false }));
  };
  const source = createOtlpSource({ append, clock: systemClock });
  const [first] = recorded("simple-tools");
  await assert.rejects(source.take(first!.signal, { json: first!.body }), { code: "LOG_BUSY" });
  assert.equal(stored.length, 0);
  isBusy = false;
  await source.take(first!.signal, { json: first!.body });
  assert.ok(stored.length > 0);
});
