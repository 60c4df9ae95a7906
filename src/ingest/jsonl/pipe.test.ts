import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { testSource } from "../../testing/source-suite.ts";
import { createPipe, pipeFormats } from "./pipe.ts";

const fixtures = fileURLToPath(new URL("../../../test/fixtures", import.meta.url));
const linesOf = (path: string) => readFileSync(join(fixtures, path), "utf8").split(/(?<=\n)/);
const AT_MS = 1_795_170_000_000;

/** Lines without times of their own are told, and named, when they came, which cutting and junk do change: all else is the same. */
const untimed = /"(?:timestamp|started_at|ended_at)":"[^"]+"|:1795170\d{6}|:\w+:kept/g;
const outputs = {
  "claude-stream": linesOf("claude-code/subagents-background/stream.jsonl"),
  "codex-exec": linesOf("codex/subagents/exec.jsonl"),
  "gemini-stream": linesOf("gemini-cli/simple/stream.jsonl"),
  "opencode-run": linesOf("opencode/run-subagents/run.jsonl"),
  acp: linesOf("acp/claude-agent-acp/subagents/acp.jsonl"),
};

for (const [format, pieces] of Object.entries(outputs))
  testSource(`piped ${format}`, {
    kind: "stream",
    runs: 8,
    pieces,
    ...(format === "claude-stream" || format === "codex-exec" ? { temporary: untimed } : {}),
    async open(log) {
      const pipe = createPipe(format, { only: true });
      let rest = "";
      return {
        async give(piece) {
          const isBytes = [...piece].every((character) => character.codePointAt(0)! <= 0xff);
          const lines = (rest + (isBytes ? piece : Buffer.from(piece).toString("latin1"))).split("\n");
          rest = lines.pop()!;
          for (const line of lines) await log.append(pipe.line(Buffer.from(line, "latin1").toString(), AT_MS).events);
        },
        close: () => Promise.resolve(),
      };
    },
  });

test("every format reads what its program prints, and numbers what it cannot read", () => {
  const recordings: Readonly<Record<string, string>> = {
    "claude-stream": "claude-code/simple-tools/stream.jsonl",
    "codex-exec": "codex/simple/exec.jsonl",
    "opencode-run": "opencode/run-simple/run.jsonl",
    "gemini-stream": "gemini-cli/simple/stream.jsonl",
    acp: "acp/codex-acp/simple-and-permission/acp.jsonl",
  };
  assert.deepEqual(
    Object.keys(pipeFormats).filter((format) => !(format in recordings)),
    ["kei", "mapped"],
  );
  for (const [format, path] of Object.entries(recordings)) {
    const pipe = createPipe(format, { only: true });
    const told = linesOf(path).map((line) => pipe.line(line, AT_MS));
    assert.deepEqual(
      told.flatMap(({ problem }) => problem ?? []),
      [],
      format,
    );
    const events = told.flatMap((translation) => translation.events);
    for (const type of ["session.started", "tool.started", "tool.ended"])
      assert.ok(
        events.some((event) => event.type === type),
        `${format} ${type}`,
      );
    const { events: rejected, problem } = pipe.line("half a li", AT_MS);
    assert.match(problem!, /not JSON/);
    assert.match(JSON.stringify(rejected), new RegExp(`line ${told.length + 1}: not JSON`));
  }
});

test("a message without its direction is told, not guessed", () => {
  const [first] = outputs.acp as [string];
  const { msg } = JSON.parse(first) as { msg: unknown };
  assert.match(createPipe("acp", { only: true }).line(JSON.stringify(msg), AT_MS).problem!, /no direction/);
});
