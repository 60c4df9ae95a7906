// Gemini CLI: what its recording does not show, and junk. The recording itself is played in test/truth.test.ts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gemini } from "../../testing/recorded-gemini.ts";
import { drafts, fold, readLines } from "../../testing/truth-clients.ts";
import { assertHarmless } from "../../testing/truth-order.ts";
import { createChat } from "./chat.ts";
import { createHooks } from "./hook.ts";
import { createStream } from "./stream.ts";

type Source = "hooks" | "transcript" | "stream";
const folder = "gemini-cli/simple";
const hooks = (readLines(`${folder}/hooks.jsonl`) as { payload: unknown }[]).map((line) => line.payload);
const stream = readLines(`${folder}/stream.jsonl`);
const chat = readLines(`${folder}/chat.jsonl`);

const translations = (sources: readonly Source[]) => gemini.read(folder, sources);

test("hooks alone know what was generated, and leave open what was cached", () => {
  const session = [...fold(drafts(translations(["hooks"]))).values()][0]!;
  const usages = [...session.usage.requests.values()].map((request) => request.usage);
  assert.equal(
    usages.reduce((sum, usage) => sum + (usage?.output ?? 0), 0),
    276,
  );
  assert.ok(usages.every((usage) => usage?.input === undefined && usage?.cache_read === undefined));
});

test("the same words by hooks, stream and chat are one message", () => {
  const by = (sources: readonly Source[]) => [...fold(drafts(translations(sources))).values()][0]!.messages.total;
  assert.equal(by(["hooks", "transcript", "stream"]), by(["transcript"]));
});

test("the same call twice at once is two calls, and two answers close both", () => {
  const body = (hook_event_name: string, second: number) => ({
    session_id: "s",
    hook_event_name,
    timestamp: `2026-11-20T10:00:0${second}.000Z`,
    tool_name: "read_file",
    tool_input: { file_path: "a" },
    tool_response: { llmContent: "x" },
  });
  const reader = createHooks();
  const events = drafts(
    [body("BeforeTool", 1), body("BeforeTool", 2), body("AfterTool", 3), body("AfterTool", 4)].map((each) => reader.translate(each)),
  );
  const session = [...fold(events).values()][0]!;
  assert.equal(session.calls.map.size, 2);
  assert.ok([...session.calls.map.values()].every((call) => call.outcome === "ok"));
});

test("a hook that is delivered again says nothing new", () => {
  const reader = createHooks();
  const once = hooks.flatMap((body) => reader.translate(body).events);
  assert.ok(once.length > 0);
  assert.deepEqual(
    hooks.flatMap((body) => reader.translate(body).events),
    [],
  );
});

test("reading goes on where it stopped", () => {
  for (const [create, records] of [
    [createHooks, hooks],
    [createChat, chat],
    [createStream, stream],
  ] as const) {
    const whole = create();
    const expected = records.flatMap((record) => whole.translate(record).events);
    for (let cut = 1; cut < records.length; cut++) {
      const first = create();
      const before = records.slice(0, cut).flatMap((record) => first.translate(record).events);
      const second = create(JSON.parse(JSON.stringify(first.state)) as never);
      assert.deepEqual([...before, ...records.slice(cut).flatMap((record) => second.translate(record).events)], expected);
    }
  }
});

test("junk is refused or kept, never thrown", () => {
  for (const [create, records] of [
    [createHooks, hooks],
    [createChat, chat],
    [createStream, stream],
  ] as const)
    assertHarmless(records, () => {
      const reader = create();
      return (record) => reader.translate(record);
    });
});
