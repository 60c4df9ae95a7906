import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { z } from "zod";
import { errorTable, OrreryError, type ErrorCode } from "./errors.ts";
import { Envelope } from "./event.ts";
import { eventTypes, parseEvent } from "./events/index.ts";
import { CommandFrame, HistoryParams, PROTOCOL_VERSION, SubscribeParams, UnsubscribeParams } from "./frames.ts";
import { operations } from "./operations/index.ts";

/** What crosses the wire at PROTOCOL_VERSION. Both change together, with a CHANGELOG line. */
const expected = { version: 1, hash: "8a5cfdd2ad02d001" };

test("what crosses the wire changes only together with the protocol version", () => {
  const hash = createHash("sha256").update(wireText()).digest("hex").slice(0, 16);
  const advice = `What crosses the wire has changed. If a program of yesterday still understands it (only added, and what is added is optional):
raise PROTOCOL_VERSION in src/contract/frames.ts by one unless this version was not released yet, set { version, hash: "${hash}" } here and add a CHANGELOG line.
If it does not, keep the old shape and add a new event type, operation or field beside it.`;
  assert.deepEqual({ version: PROTOCOL_VERSION, hash }, expected, advice);
});

test("every example is an event that the log accepts, and survives the wire", () => {
  for (const { type, example } of eventTypes) {
    const event = { id: "e1", type, timestamp: "2026-11-20T09:46:24.031Z", source: "test/api", session_id: "ses_1", data: example };
    const parsed = parseEvent(JSON.parse(JSON.stringify(event)));
    assert.ok(parsed.ok, `${type}: ${JSON.stringify(parsed)}`);
    assert.deepEqual(parsed.draft, event);
  }
});

test("event types are named <family>.<past tense>, each once", () => {
  const names = eventTypes.map((event) => event.type);
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.match(name, /^[a-z]+\.(?:[a-z_]+(?:ed|sent|wn)|taken)$|\.kept$/);
});

test("operations are named and routed once, and every path field is in the input", () => {
  assert.equal(new Set(operations.map(({ name }) => name)).size, operations.length);
  assert.equal(new Set(operations.map(({ method, path }) => `${method} ${path}`)).size, operations.length);
  for (const { name, path, input } of operations) {
    assert.match(name, /^[a-z]+\.[a-z_]+$/);
    for (const [, field] of path.matchAll(/:([a-z0-9_]+)/g)) assert.ok(Object.hasOwn(input.shape, field!), `${name}: ${field}`);
  }
});

test("every error says what happened, also when nothing is known of it", () => {
  for (const code of Object.keys(errorTable) as ErrorCode[]) {
    const { status, exit } = errorTable[code];
    assert.ok(status >= 400 && status < 600 && exit >= 64 && exit <= 78, code);
    const body = new OrreryError(code).toBody();
    assert.match(body.message, /\.$|orrery serve$|GET .*$/);
    assert.equal("details" in body, false);
  }
});

/** Everything that a foreign program could come to rely on, in one canonical text. */
function wireText(): string {
  const schema = (of: z.ZodType, io: "input" | "output"): unknown => z.toJSONSchema(of, { io, unrepresentable: "any" });
  return canonical({
    envelope: schema(Envelope, "input"),
    events: eventTypes.map(({ type, version, data }) => ({ type, version, data: schema(data, "input") })),
    operations: operations.map((operation) => ({
      ...pick(operation, ["name", "kind", "scope", "method", "path", "body", "reply"]),
      input: schema(operation.input, "input"),
      output: schema(operation.output, "output"),
    })),
    frames: {
      sent: [CommandFrame, SubscribeParams, UnsubscribeParams, HistoryParams].map((frame) => schema(frame, "input")),
      received: receivedFrames(),
    },
    errors: Object.entries(errorTable).map(([code, { status, retry, exit }]) => ({ code, status, retry, exit })),
  });
}

/** The server's frames are types without a schema: their text stands for them. */
function receivedFrames(): string {
  const source = readFileSync(new URL("frames.ts", import.meta.url), "utf8");
  const types = source.slice(source.indexOf("export type ControlFrame"), source.indexOf("export type ServerFrame"));
  return types.replace(/\/\*[\s\S]*?\*\/|\/\/.*|\s+|[,;](?=\s*[}\]])/g, "");
}

function pick(from: object, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)));
}

/** JSON with sorted keys; lists of named things sorted by name, as their order means nothing. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).toSorted().join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "undefined";
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(",")}}`;
}
