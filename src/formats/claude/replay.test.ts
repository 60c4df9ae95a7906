import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { findReplay } from "./replay.ts";

const lines = (file: string) => readFileSync(new URL(`../../../test/fixtures/claude-code/${file}`, import.meta.url), "utf8").split("\n");

test("a fork's file says whose history it repeats, and up to when", () => {
  assert.deepEqual(findReplay(lines("resume/transcript.2.jsonl")), {
    from: "6a653eab-6c61-42b8-a1b9-843c5e3ca6a8",
    until: "2026-11-20T10:21:34.431Z",
  });
});

test("a resumed session repeats nothing", () => {
  assert.equal(findReplay(lines("resume/transcript.1.jsonl")), undefined);
  assert.equal(findReplay(lines("compact/transcript.jsonl")), undefined);
});

test("the answer to a repeated call is part of the history", () => {
  const call = { type: "assistant", uuid: "u1", sessionId: "new", requestSessionId: "old", timestamp: "2026-11-20T10:00:00.000Z" };
  const answer = { type: "user", uuid: "u2", sessionId: "new", sourceToolAssistantUUID: "u1", timestamp: "2026-11-20T10:00:05.000Z" };
  const own = { type: "user", uuid: "u3", sessionId: "new", timestamp: "2026-11-20T11:00:00.000Z" };
  assert.deepEqual(findReplay([call, answer, own].map((line) => JSON.stringify(line))), { from: "old", until: answer.timestamp });
});

test("a broken line is passed over", () => {
  assert.equal(findReplay(['{"requestSessionId":"old', "", "null"]), undefined);
});
