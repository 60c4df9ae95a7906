import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredEvent } from "../../contract/events/index.ts";
import { asTold, foreignLine } from "./lines.ts";

const apart = (sha256: string, preview: string) => ({ body: { sha256: sha256.repeat(64), size_bytes: 50_000, preview } });
const long = "long ".repeat(10_000);
const kept = (sha256: string): string | undefined => (sha256.startsWith("a") ? long : undefined);
const ts = "2026-11-20T10:00:00.000Z";

test("what was stored apart goes out as the words that were written; where none are kept, kind and time stay", () => {
  const ours = { ts, event: "agent_spawn", id: "a1", prompt_preview: "known without", session_id: "s1" };
  const told = { ts, event: "agent_spawn", id: "a1", prompt_preview: apart("c", ""), note: apart("a", "long"), deep: [apart("b", "")] };
  assert.deepEqual(asTold(told, ours, kept), { ...ours, note: long, deep: [""] });

  const line = (record: unknown) =>
    foreignLine(
      { type: "source.kept", timestamp: ts, data: { format: "kei/other", record_type: "mood", record } } as unknown as StoredEvent,
      kept,
    );
  const whole = { ts: "as written", event: "mood", text: apart("a", "long"), n: 1, none: null };
  assert.deepEqual(line(whole), { ...whole, text: long });
  const wordless = { ts: apart("b", ""), event: apart("b", ""), text: apart("b", ""), n: 1 };
  assert.deepEqual(line(wordless), { ts, event: "mood", text: "", n: 1 });
  assert.equal(line(apart("a", "")), undefined);
});
