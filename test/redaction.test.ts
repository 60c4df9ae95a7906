import assert from "node:assert/strict";
import { test } from "node:test";
import { contentOf } from "../src/contract/events/content.ts";
import { eventTypes, parseEvent, type EventDraft } from "../src/contract/events/index.ts";
import { createGuard } from "../src/ingest/capture.ts";
import { foreignRecords, recordKinds, type Read } from "../src/testing/foreign-records.ts";

const AT = "2026-11-20T10:00:00.000Z";

const SECRET = "sk-ant-api03-SeededSecretNeverReal0123456789abcdefXYZ";

/** No part of it as long as this may be left, also where a translator cut the text short. */
const PART = 14;

type Path = readonly (string | number)[];

/** The places of all strings, and of all names of fields. */
function* leaves(value: unknown, path: Path = []): Generator<{ readonly path: Path; readonly of: "value" | "name" }> {
  if (typeof value === "string") yield { path, of: "value" };
  else if (typeof value === "object" && value !== null)
    for (const [key, field] of Object.entries(value)) {
      const at = [...path, Array.isArray(value) ? Number(key) : key];
      if (!Array.isArray(value)) yield { path: at, of: "name" };
      yield* leaves(field, at);
    }
}

function seeded(value: unknown, [key, ...rest]: Path, of: "value" | "name"): unknown {
  if (key === undefined) return `${String(value)} ${SECRET}`;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<string | number, unknown>;
  if (of === "value" || rest.length > 0) copy[key] = seeded(copy[key], rest, of);
  // Beside the field itself: without it many a record says nothing.
  else copy[`${key} ${SECRET}`] = copy[key];
  return copy;
}

const shapeOf = (line: unknown, path: Path) =>
  `${["type", "hook_event_name", "method", "event", "name"].map((key) => String(Object(line)[key] ?? "")).join()} ${path.map((step) => (typeof step === "number" ? "#" : step)).join(".")}`;

test("a secret in any field of any record, or in a field's name, is in no event", () => {
  const guard = createGuard("full", "");
  const seen = new Map<string, Set<string>>();
  const leaks = new Set<string>();
  const told = new Set<string>();

  function seed(name: string, open: () => Read, lines: readonly unknown[]): void {
    const known = seen.get(name) ?? seen.set(name, new Set()).get(name)!;
    for (const [index, line] of lines.entries())
      for (const { path, of } of leaves(line)) {
        const shape = `${of} ${shapeOf(line, path)}`;
        if (known.has(shape)) continue;
        known.add(shape);
        const read = open();
        // What a reader remembers of the records before decides what this one means.
        for (const before of lines.slice(Math.max(0, index - 20), index)) read(before);
        for (const event of read(seeded(line, path, of)).events) {
          told.add(name);
          if (holdsPart(JSON.stringify(guard(event)))) leaks.add(`${name} ${shape} → ${event.type}`);
        }
      }
  }

  for (const records of foreignRecords()) seed(...records);
  assert.deepEqual([...leaks], []);
  assert.deepEqual([...told].toSorted(), recordKinds.toSorted(), "every reader met records that say something");
  const fields = [...seen.values()].reduce((sum, { size }) => sum + size, 0);
  assert.ok(fields > 2_000, `${fields} fields were seeded`);
});

function holdsPart(text: string): boolean {
  return text.includes(SECRET.slice(0, PART)) || text.includes(SECRET.slice(-PART)) || text.includes(SECRET.slice(20, 20 + PART));
}

test("each type says where its words stand: with metadata only, no words of its example are left", () => {
  const words = (type: string): EventDraft => {
    const { example } = eventTypes.find((each) => each.type === type)!;
    return { id: "e", type, timestamp: AT, source: "api", data: example } as EventDraft;
  };
  const metadata = createGuard("metadata", "salt");
  for (const { type } of eventTypes) {
    const content = contentOf[type];
    const before = words(type);
    const after = metadata(before);
    const parsed = parseEvent(after);
    assert.ok(parsed.ok, `${type} is still valid: ${JSON.stringify(parsed)}`);
    for (const name of content.words ?? []) assert.ok(!(name in after.data), `${type}.${name}`);
    for (const path of content.texts ?? []) {
      const [field] = path.split(".");
      const value = (after.data as Record<string, unknown>)[field!];
      for (const { path: leaf, of } of leaves(value)) {
        if (of === "name") continue;
        const at = leaf.reduce<unknown>((held, step) => Object(held)[step], value);
        assert.ok(
          ["sha256", "preview", "kind", "media_type", "status"].includes(String(leaf.at(-1))),
          `${type} ${path}: ${String(at)} is left`,
        );
        if (leaf.at(-1) === "preview") assert.equal(at, "");
      }
    }
  }
});

test("preview keeps 200 characters of each text and its size; the same words still have one digest", () => {
  const preview = createGuard("preview", "salt");
  const text = "long words ".repeat(100);
  const of = (words: string) =>
    preview({
      id: "m",
      type: "message.added",
      timestamp: AT,
      source: "api",
      data: { message_id: "msg_1", role: "user", parts: [{ kind: "text", text: words }] },
    } as unknown as EventDraft);
  const [part] = (of(text).data as unknown as { parts: { text: { body: { sha256: string; size_bytes: number; preview: string } } }[] })
    .parts;
  assert.equal(part!.text.body.preview, text.slice(0, 200));
  assert.equal(part!.text.body.size_bytes, text.length);
  assert.deepEqual(of(`${text}\n`).data, {
    ...of(text).data,
    parts: [{ kind: "text", text: { body: { ...part!.text.body, size_bytes: text.length + 1 } } }],
  });
  assert.deepEqual((of("short").data as unknown as { parts: unknown }).parts, [{ kind: "text", text: "short" }]);
});
