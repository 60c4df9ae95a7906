import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { translateLine } from "./transcript.ts";
import { isWorthParsing } from "./worth-parsing.ts";

const folder = new URL("../../../test/fixtures/claude-code/", import.meta.url);
const recorded = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((path) => /(?:transcript[^/]*|agent-[^/]*)\.jsonl$/.test(path))
  .flatMap((path) => readFileSync(new URL(path, folder), "utf8").split("\n").filter(Boolean));

test("no recorded line that gives events is refused, as text or as bytes", () => {
  for (const line of recorded) {
    const isWorth = isWorthParsing(line);
    assert.equal(isWorthParsing(Buffer.from(line)), isWorth);
    if (!isWorth) assert.deepEqual(translateLine(JSON.parse(line), {}), { events: [] });
  }
});

test("most of the bytes of a transcript are refused unread", () => {
  const bytes = (lines: readonly string[]) => lines.reduce((sum, line) => sum + line.length, 0);
  assert.ok(bytes(recorded.filter((line) => !isWorthParsing(line))) > bytes(recorded) / 2);
});

test("a refusal needs the type itself: the same words in somebody's data do not make one", () => {
  const said = (text: string) =>
    JSON.stringify({ parentUuid: null, isSidechain: false, promptId: "p", type: "user", message: { role: "user", content: text } });
  assert.equal(isWorthParsing(said('"attachment":{"type":"attachment"}')), true);
  assert.equal(isWorthParsing(said('{"type":"api-request"}')), true);
  assert.equal(isWorthParsing('{"type":"user","message":{"content":"\\"type\\":\\"attachment\\""}}'), true);
  assert.equal(isWorthParsing('{"parentUuid":"a","isSidechain":false,"toolUseResult":{"attachment":{}},"type":"user"}'), true);
});

test("any bytes have an answer", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => typeof isWorthParsing(bytes) === "boolean"));
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => isWorthParsing(text) || text.startsWith("{")));
});
