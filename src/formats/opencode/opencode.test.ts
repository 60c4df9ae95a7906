// opencode: what its recordings do not show, and junk. The recordings themselves are played in test/truth.test.ts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { toTimestamp } from "../../lib/clock.ts";
import { drafts, fold, readLines, readWhole } from "../../testing/truth-clients.ts";
import { assertHarmless } from "../../testing/truth-order.ts";
import { opencode } from "../../testing/recorded-opencode.ts";
import { createOpencode } from "./opencode.ts";

type Source = "events" | "http" | "stream" | "export";
const LATER = toTimestamp(1_795_170_000_000);

const translations = (name: string, sources: readonly Source[]) => opencode.read(`opencode/${name}`, sources);

test("the same words by events, lists and run are one message", () => {
  const total = (name: string, sources: readonly Source[]) => [...fold(drafts(translations(name, sources))).values()][0]!.messages.total;
  assert.equal(total("serve-simple", ["http", "events"]), total("serve-simple", ["events"]));
  assert.equal(total("run-resume", ["export", "stream"]), total("run-resume", ["export"]));
});

test("a refused request is told once", () => {
  const failed = drafts(translations("run-errors", ["stream"])).filter((event) => event.type === "model.failed");
  assert.deepEqual(
    failed.map((event) => event.data.status),
    [400],
  );
});

test("an agent that asks for permission waits until its call goes on", () => {
  const events = drafts(translations("serve-permission", ["events"]));
  assert.equal(events.filter((event) => event.type === "ask.opened").length, 2);
});

test("reading goes on where it stopped", () => {
  const lines = readLines("opencode/serve-subagents/events.jsonl") as { t: number; event: unknown }[];
  const whole = createOpencode();
  const expected = lines.flatMap((line) => whole.event(line.event, toTimestamp(line.t)).events);
  for (let cut = 1; cut < lines.length; cut += 7) {
    const first = createOpencode();
    const before = lines.slice(0, cut).flatMap((line) => first.event(line.event, toTimestamp(line.t)).events);
    const second = createOpencode({ saved: JSON.parse(JSON.stringify(first.state)) as typeof first.state });
    assert.deepEqual([...before, ...lines.slice(cut).flatMap((line) => second.event(line.event, toTimestamp(line.t)).events)], expected);
  }
});

test("an agent that run starts has its task as its turn", () => {
  const events = drafts(translations("run-subagents", ["stream"]));
  const prompts = events.flatMap((event) => (event.type === "turn.started" ? [event.data.prompt] : []));
  assert.deepEqual(prompts, [undefined, "scenario:oc-subagents/docs check the docs", "scenario:oc-subagents/survey look at the source"]);
});

test("junk is refused or kept, never thrown", () => {
  const events = (readLines("opencode/serve-subagents/events.jsonl") as { event: unknown }[]).map((line) => line.event);
  assertHarmless(events, () => {
    const opencode = createOpencode();
    return (record) => opencode.event(record, LATER);
  });
  assertHarmless(readLines("opencode/run-simple/run.jsonl"), () => {
    const opencode = createOpencode();
    return (record) => opencode.line(record);
  });
  assertHarmless([readWhole("opencode/run-resume/export.json")], () => {
    const opencode = createOpencode();
    return (record) => {
      const { events: sessions } = opencode.sessions(record, LATER);
      return { events: [...sessions, ...opencode.messages(record, LATER).events] };
    };
  });
});
