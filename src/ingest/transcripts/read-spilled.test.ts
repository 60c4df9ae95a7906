import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { translateLine } from "../../formats/claude/transcript.ts";
import { readLines } from "../../testing/truth-clients.ts";
import { spilledOf } from "./read-spilled.ts";

const lines = readLines("claude-code/long-output/transcript.jsonl") as Record<string, unknown>[];
const spilled = lines.filter((line) => spilledOf(line, "/p/s.jsonl") !== undefined);
const whole = `${Array.from({ length: 30_000 }, (_, at) => at).join("\n")}\n`;

test("an output that the line only points to is read from beside the transcript", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "orrery-spilled-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "s1.jsonl");
  assert.equal(spilled.length, 1);
  const outputOf = async (record: unknown, from = path) => {
    const [told] = translateLine(await spilledOf(record, from)!(), {}).events;
    return told?.type === "tool.ended" ? told.data.output : undefined;
  };
  const preview = (await outputOf(spilled[0])) as { stdout: string };
  assert.ok(preview.stdout.length < 40_000, "without the file the line stands as it is");
  mkdirSync(join(folder, "s1", "tool-results"), { recursive: true });
  writeFileSync(join(folder, "s1", "tool-results", "b424rfmg3.txt"), whole);
  assert.equal(((await outputOf(spilled[0])) as { stdout: string }).stdout, whole);
  assert.equal(((await outputOf(spilled[0], join(folder, "s1", "subagents", "agent-a.jsonl"))) as { stdout: string }).stdout, whole);

  const content =
    "<persisted-output>\nOutput too large (1KB). Full output saved to: /elsewhere/b424rfmg3.txt\n\nPreview:\n0\n</persisted-output>";
  const plain = { ...spilled[0], message: { content: [{ type: "tool_result", tool_use_id: "t1", content }] }, toolUseResult: content };
  assert.equal(await outputOf(plain), whole, "a tool without a structured answer names the file in its words");
});

test("only a file of the session's own folder is read", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "orrery-spilled-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "secret.txt"), "secret");
  const answer = { stdout: "start", persistedOutputPath: join(folder, "secret.txt") };
  const line = { ...spilled[0], toolUseResult: answer };
  assert.equal(await spilledOf(line, join(folder, "s1.jsonl"))!(), line);
});
