import assert from "node:assert/strict";
import { test } from "node:test";
import { assertHarmless, assertOrderless } from "../../testing/truth-order.ts";
import { drafts, fold, readLines, viewCalls } from "../../testing/truth-clients.ts";
import { createStream } from "./stream.ts";
import { translateLine } from "./transcript.ts";

const at = "2026-11-20T10:21:00.000Z";

function eventsOf(lines: readonly unknown[]) {
  const read = createStream().translate;
  return drafts(lines.map((line) => read(line, at)));
}

function control(): unknown[] {
  return readLines("claude-code/control/control.jsonl").map((line) => (line as { msg: unknown }).msg);
}

test("a request's opening count is never its output", () => {
  const [session] = [...fold(eventsOf(readLines("claude-code/simple-tools/stream.jsonl"))).values()];
  const requests = [...session!.usage.requests.values()];
  assert.equal(requests.length, 6);
  for (const { usage } of requests) {
    assert.equal(usage?.output, undefined);
    assert.ok(usage!.input! > 0);
  }
});

test("partial messages give the whole of it, once", () => {
  const [session] = [...fold(eventsOf(readLines("claude-code/partial-messages/stream.jsonl"))).values()];
  const output = [...session!.usage.requests.values()].reduce((sum, { usage }) => sum + (usage?.output ?? 0), 0);
  assert.equal(output, 51 + 40 + 56 + 56 + 119 + 16);
});

test("the cost of a result is the session's running total", () => {
  const costs = eventsOf(readLines("claude-code/subagents-background/stream.jsonl")).flatMap((event) =>
    event.type === "cost.reported" ? [event.data.usd_micros] : [],
  );
  assert.deepEqual(new Set(costs), new Set([121_886]));
});

test("a fork's total says that it includes earlier work", () => {
  const costs = eventsOf(readLines("claude-code/resume/stream-3.jsonl")).flatMap((event) =>
    event.type === "cost.reported" ? [event.data] : [],
  );
  assert.equal(costs[0]?.usd_micros, 82_350);
  assert.equal(costs[0]?.includes_earlier, true);
});

test("questions to a person and their answers are told, and an answer that is echoed only once", () => {
  const events = eventsOf(control());
  assert.deepEqual(
    events.flatMap((event) =>
      event.type === "ask.opened" ? [event.data.kind] : event.type === "ask.answered" ? [[event.data.outcome, event.data.by]] : [],
    ),
    ["permission", ["allowed", "user"], "permission", ["denied", "user"], "question", ["answered", "user"]],
  );
  const calls = viewCalls([...fold(events).values()][0]!);
  const outcomes = new Map(calls.map(({ call_id, outcome }) => [String(call_id), outcome]));
  assert.equal(outcomes.get("call_toolu_controlmain_1_0_0002"), "denied");
  assert.equal(outcomes.get("call_toolu_controlslow_0_0_0006"), "interrupted");
});

test("a mode that was set is the session's", () => {
  const read = createStream().translate;
  const lines = readLines("claude-code/control/control.jsonl") as { readonly t: number; readonly msg: unknown }[];
  const [session] = [...fold(drafts(lines.map(({ t, msg }) => read(msg, new Date(t).toISOString())))).values()];
  assert.equal(session!.facts.permission_mode, "acceptEdits");
  assert.equal(session!.facts.app_version, "2.1.328");
});

test("a line before the first that names the session is a greeting, an unknown one is kept", () => {
  assert.deepEqual(createStream().translate({ type: "control_request", request_id: "1" }, at).events, []);
  const read = createStream().translate;
  const [kept] = read({ type: "brand_new", session_id: "s" }, at).events;
  assert.equal(kept?.type === "source.kept" && kept.data.record_type, "brand_new/");
  assert.match(read(4, at).problem ?? "", /object/);
});

test("the order and repetition of events changes nothing", () => {
  assertOrderless(eventsOf(readLines("claude-code/subagents-nested/stream.jsonl")));
  assertOrderless(eventsOf(control()));
});

test("parts of lines exchanged for anything give valid events or none", () => {
  const lines = [
    ...control(),
    ...readLines("claude-code/subagents-background/stream.jsonl"),
    ...readLines("claude-code/api-errors/stream-1.jsonl"),
    ...readLines("claude-code/partial-messages/stream.jsonl"),
  ];
  assertHarmless(lines, () => {
    const read = createStream().translate;
    return (line) => read(line, at);
  });
});

test("a request that was not served in the usual way says how, in the stream and in the transcript", () => {
  const usage = { input_tokens: 1, output_tokens: 1, speed: "fast", service_tier: "batch", inference_geo: "us" };
  const line = { type: "assistant", session_id: "s", message: { id: "msg_1", model: "claude-opus-5-5", content: [], usage } };
  const modes = (body: object) => {
    const [told] = createStream().translate(body, at).events;
    return told?.type === "model.responded" ? told.data.modes : "none";
  };
  assert.deepEqual(modes(line), ["fast", "batch", "us"]);
  const plain = { ...usage, speed: "standard", service_tier: "standard", inference_geo: "" };
  assert.equal(modes({ ...line, message: { ...line.message, usage: plain } }), undefined);
  const record = { ...line, sessionId: "s", uuid: "u1", timestamp: at };
  const [told] = translateLine(record, {}).events;
  assert.deepEqual(told?.type === "model.responded" && told.data.modes, ["fast", "batch", "us"]);
});
