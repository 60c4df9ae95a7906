import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { OrreryError } from "../../contract/errors.ts";
import { streamFormats, type StreamFormat } from "../../contract/operations/ingest.ts";
import { systemClock } from "../../lib/clock.ts";
import { createMemoryLog } from "../../log/index.ts";
import type { EventLog } from "../../log/log.ts";
import { testSource } from "../../testing/source-suite.ts";
import { pipeFormats } from "./pipe.ts";
import { createStreams } from "./streams.ts";

const fixtures = fileURLToPath(new URL("../../../test/fixtures", import.meta.url));
const bytesOf = (path: string) => readFileSync(join(fixtures, path));
const kei = ["agent_spawn", "tool_use", "agent_done"].map((event, at) => {
  const record = { ts: `2026-11-20T10:00:0${at}.000Z`, event, id: `toolu_${at % 2}`, parent_id: "s1", agent_id: "toolu_0", tool: "Read" };
  return `${JSON.stringify(record)}\n`;
});
const recordings: Readonly<Record<Exclude<StreamFormat, "kei">, string>> = {
  "claude-stream": "claude-code/subagents-background/stream.jsonl",
  "codex-exec": "codex/subagents/exec.jsonl",
  "opencode-run": "opencode/run-subagents/run.jsonl",
  "gemini-stream": "gemini-cli/simple/stream.jsonl",
  acp: "acp/claude-agent-acp/subagents/acp.jsonl",
};
const AT_MS = 1_795_170_000_000;
const clock = { ...systemClock, now: () => AT_MS };
const open = (log: EventLog) => createStreams({ append: log.append, notes: log.notes, clock });
const only = true;
const idsAfter = (log: EventLog) => log.read({ limit: 100_000 }).map((event) => JSON.stringify(event));

/** Lines without times of their own are told, and named, when they came, which junk between them changes: all else is the same. */
const untimed = /"(?:timestamp|started_at|ended_at)":"[^"]+"|:1795170\d{6}|:\w+:kept/g;

for (const format of streamFormats)
  testSource(`posted ${format}`, {
    kind: "stream",
    runs: 6,
    pieces:
      format === "kei"
        ? kei
        : bytesOf(recordings[format])
            .toString()
            .split(/(?<=\n)/),
    ...(format === "claude-stream" || format === "codex-exec" ? { temporary: untimed } : {}),
    async open(log) {
      const streams = open(log);
      let from = 0;
      return {
        async give(piece) {
          const isBytes = [...piece].every((character) => character.codePointAt(0)! <= 0xff);
          const bytes = isBytes ? Buffer.from(piece, "latin1") : Buffer.from(piece);
          await streams.handle({ format, run: "1", only, from, base64: bytes.toString("base64") });
          from += bytes.length;
        },
        close: () => Promise.resolve(),
      };
    },
  });

test("every output that can be piped can be posted, but for that with a mapping file", () => {
  assert.deepEqual(
    Object.keys(pipeFormats).filter((format) => !(streamFormats as readonly string[]).includes(format)),
    ["mapped"],
  );
});

test("daemon and sender may be started again between any two pieces, and the events are the same", async () => {
  for (const [format, path] of Object.entries(recordings) as [StreamFormat, string][]) {
    const bytes = bytesOf(path);
    const whole = createMemoryLog({ clock });
    await open(whole).handle({ format, run: "1", only, text: bytes.toString() });
    const log = createMemoryLog({ clock });
    const step = Math.ceil(bytes.length / 23);
    for (let from = 0; from < bytes.length; from += step) {
      // A sender that is not sure begins a little earlier.
      const start = Math.max(0, from - 7);
      const reply = await open(log).handle({ format, run: "1", only, from: start, base64: bytes.toString("base64", start, from + step) });
      assert.equal(reply.offset, Math.min(bytes.length, from + step));
    }
    assert.ok(log.head() > 5, format);
    assert.deepEqual(idsAfter(log), idsAfter(whole), format);
  }
});

test("a piece that was refused says the same when it comes again", async () => {
  const bytes = bytesOf(recordings.acp);
  const log = createMemoryLog({ clock });
  let isBusy = false;
  const append: EventLog["append"] = (drafts) => (isBusy ? Promise.reject(new OrreryError("LOG_BUSY")) : log.append(drafts));
  const streams = createStreams({ append, notes: log.notes, clock });
  const half = bytes.length >> 1;
  await streams.handle({ format: "acp", run: "1", only, base64: bytes.toString("base64", 0, half) });
  isBusy = true;
  const rest = { format: "acp", run: "1", only, from: half, base64: bytes.toString("base64", half) } as const;
  await assert.rejects(streams.handle(rest), { code: "LOG_BUSY" });
  isBusy = false;
  await streams.handle(rest);
  const whole = createMemoryLog({ clock });
  await open(whole).handle({ format: "acp", run: "1", only, text: bytes.toString() });
  assert.deepEqual(idsAfter(log), idsAfter(whole));
});

test("a piece that leaves some out is refused with the place to send from, and runs do not mix", async () => {
  const log = createMemoryLog({ clock });
  const streams = open(log);
  const piece = { format: "codex-exec", run: "a", text: '{"type":"thread.started","thread_id":"t1"}\n{"type"' } as const;
  const { offset, lines } = await streams.handle(piece);
  assert.deepEqual([offset, lines], [Buffer.byteLength(piece.text), 1]);
  await assert.rejects(streams.handle({ ...piece, from: 500 }), { code: "BAD_INPUT", message: new RegExp(`send from ${offset}`) });
  assert.equal((await streams.handle({ ...piece, run: "b" })).stored + log.head(), 1, "the same line again in one millisecond");
  const last = await streams.handle({ ...piece, from: offset, text: ':"turn.started"}', end: true });
  assert.deepEqual([last.lines, last.rejected], [1, 0]);
});
