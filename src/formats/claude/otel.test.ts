import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { assertHarmless, assertOrderless } from "../../testing/truth-order.ts";
import { drafts, fold, viewCalls } from "../../testing/truth-clients.ts";
import { readExport, type OtlpRecord, type Signal } from "../otlp/records.ts";
import { createClaudeOtel } from "./otel.ts";

function recorded(name: string): OtlpRecord[] {
  const url = new URL(`../../../test/fixtures/claude-code/${name}/otel.jsonl`, import.meta.url);
  return readFileSync(url, "utf8")
    .trim()
    .split("\n")
    .flatMap((line) => {
      const { signal, body } = JSON.parse(line) as { signal: Signal; body: unknown };
      const batch = readExport(signal, { json: body });
      return "problem" in batch ? [] : batch.records;
    });
}

function eventsOf(records: readonly OtlpRecord[]) {
  return drafts(records.map(createClaudeOtel()));
}

const isLog = ({ kind }: OtlpRecord) => kind === "log";
const isSpan = ({ kind }: OtlpRecord) => kind === "span";

test("a request is told once by its log record and its span, with the cost and what only the span has", () => {
  const events = eventsOf(recorded("simple-tools"));
  const [session] = [...fold(events).values()];
  const requests = [...session!.usage.requests.values()];
  assert.equal(requests.length, 6);
  assert.equal(
    requests.reduce((sum, { cost_usd_micros = 0 }) => sum + cost_usd_micros, 0),
    // The client rounds each of them: the running total of the same session says 86,063.8.
    86_065,
  );
  for (const request of requests) {
    assert.equal(request.cost_source, "reported");
    assert.ok(request.ttft_ms !== undefined && request.duration_ms !== undefined && request.stop_reason !== undefined);
  }
});

test("spans alone give the same tokens, calls and agents as logs alone", () => {
  for (const name of ["simple-tools", "subagents-nested", "autocompact"]) {
    const all = recorded(name);
    const sums = [all.filter(isLog), all.filter(isSpan)].map((records) => {
      const [session] = [...fold(eventsOf(records)).values()];
      const tokens: Record<string, number> = {};
      for (const total of session!.usage.totals.values())
        for (const [bucket, count] of Object.entries(total.tokens)) tokens[bucket] = (tokens[bucket] ?? 0) + count;
      return {
        tokens,
        requests: session!.usage.requests.size,
        calls: viewCalls(session!)
          .map(({ call_id, name: tool, outcome, agent_id }) => `${call_id} ${tool} ${outcome} ${agent_id}`)
          .toSorted(),
        agents: [...session!.agents.values()].map(({ agent_id, parent_agent_id }) => `${agent_id} ${parent_agent_id}`).toSorted(),
      };
    });
    assert.deepEqual(sums[0], sums[1], name);
  }
});

test("the time that a person took is told apart from the run, and a rule's decision is no waiting", () => {
  const calls = viewCalls([...fold(eventsOf(recorded("control"))).values()][0]!);
  const waited = new Map(calls.map(({ call_id, waited_ms }) => [call_id, waited_ms]));
  assert.equal(waited.get("call_toolu_controlmain_0_0_0001" as never), 22);
  assert.equal(waited.get("call_toolu_controlslow_0_0_0006" as never), undefined);
});

test("a metric, a hook's run and a plugin are no facts: the first is kept, the others are dropped", () => {
  const events = eventsOf(recorded("simple-tools"));
  const kept = events.filter((event) => event.type === "source.kept");
  assert.ok(kept.length > 0);
  for (const event of kept) assert.equal(event.type === "source.kept" && event.data.reason, "unused");
  assert.equal(
    kept.some((event) => event.type === "source.kept" && event.data.record_type.includes("hook_")),
    false,
  );
});

test("an MCP tool without its name leaves the name to other sources", () => {
  const [decision] = recorded("mcp").filter((record) => record.attributes["tool_name"] === "mcp_tool");
  const { tool_parameters: _, ...attributes } = decision!.attributes;
  assert.deepEqual(createClaudeOtel()({ ...decision!, attributes }).events, []);
});

test("the order and repetition of records changes nothing", () => {
  for (const name of ["subagents-parallel", "permissions", "compact"]) assertOrderless(eventsOf(recorded(name)));
});

test("parts of records exchanged for anything give valid events or none", () => {
  const records = [...recorded("subagents-nested"), ...recorded("api-errors"), ...recorded("compact")];
  assertHarmless(records, () => {
    const translate = createClaudeOtel();
    return (record) => (isRecord(record) ? translate(record) : { events: [] });
  });
});

/** The reader of exports gives records of these shapes only; what stands in their attributes may be anything. */
function isRecord(value: unknown): value is OtlpRecord {
  const record = value as Partial<OtlpRecord> | null;
  const isObject = (each: unknown) => typeof each === "object" && each !== null && !Array.isArray(each);
  const isMs = (ms: unknown) => ms === undefined || (typeof ms === "number" && ms > 0 && ms < 4e12 && Number.isInteger(ms));
  if (!isObject(record) || !isObject(record!.attributes) || !isObject(record!.resource) || typeof record!.name !== "string") return false;
  if (!isObject(record!.scope) || !["string", "undefined"].includes(typeof record!.scope!.name)) return false;
  if (record!.kind === "span")
    return (
      typeof record!.spanId === "string" &&
      isMs(record!.startMs) &&
      isMs(record!.endMs) &&
      ["string", "undefined"].includes(typeof record!.parentSpanId)
    );
  return (
    (record!.kind === "log" || record!.kind === "point") &&
    isMs(record!.atMs) &&
    ["string", "undefined"].includes(typeof (record as { spanId?: unknown }).spanId)
  );
}
