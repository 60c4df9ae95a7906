// opencode: every recording through every combination of its sources; order and repetition; junk.
import assert from "node:assert/strict";
import { test } from "node:test";
import { toTimestamp } from "../../lib/clock.ts";
import {
  clientDifferences,
  drafts,
  fold,
  hasRecording,
  readLines,
  readTruth,
  readWhole,
  type Expected,
} from "../../testing/truth-clients.ts";
import { assertHarmless, assertOrderless } from "../../testing/truth-order.ts";
import type { Translation } from "../translation.ts";
import { createOpencode } from "./opencode.ts";

type Source = "events" | "http" | "stream" | "export";
const LATER = toTimestamp(1_795_170_000_000);

/** Each source is read as on its own: two of them do not share what they learnt. */
function translations(name: string, sources: readonly Source[]): Translation[] {
  const folder = `opencode/${name}`;
  const told: Translation[] = [];
  if (sources.includes("events")) {
    const opencode = createOpencode();
    for (const line of readLines(`${folder}/events.jsonl`) as { t: number; event: unknown }[])
      told.push(opencode.event(line.event, toTimestamp(line.t)));
  }
  if (sources.includes("http")) {
    const opencode = createOpencode();
    for (const { t, method, path, response } of readLines(`${folder}/http.jsonl`) as {
      t: number;
      method: string;
      path: string;
      response: unknown;
    }[])
      if (path.endsWith("/message") && method === "GET") told.push(opencode.messages(response, toTimestamp(t)));
      else if (path === "/session" || path.endsWith("/children")) told.push(opencode.sessions(response, toTimestamp(t)));
  }
  if (sources.includes("stream"))
    for (const file of ["run.jsonl", "run-2.jsonl"]) {
      if (!hasRecording(`${folder}/${file}`)) continue;
      const opencode = createOpencode({ only: sources.length === 1 });
      for (const line of readLines(`${folder}/${file}`)) told.push(opencode.line(line));
    }
  if (sources.includes("export")) told.push(createOpencode().messages(readWhole(`${folder}/export.json`), LATER));
  return told;
}

const callFields = ["name", "agent", "outcome", "exit_code", "request", "client_status"] as const;
const agentFields = ["parent", "call", "agent_type", "background", "outcome"] as const;
const isMain = (real: Readonly<Record<string, unknown>>) => real["agent_id"] === "main";

/** What `unseen_by` allows to each choice of sources. */
function sees(name: string, sources: readonly Source[]): Expected {
  if (sources.includes("events")) return { agentFields, callFields, turnFields: ["id", "origin", "prompt", "agent"] };
  // The command line's own quotes are part of the prompt in the export.
  if (sources.includes("export")) return { callFields, turnFields: ["id", "origin", "agent"] };
  if (sources.includes("http"))
    return {
      agentFields,
      callFields,
      calls: isMain,
      turns: isMain,
      turnFields: ["id", "origin", "prompt", "agent"],
      requests: isMain,
      asks: () => false,
    };
  return { agentFields, callFields, turnFields: ["origin", "agent"], requestFields: ["id", "agent", "tokens"] };
}

const combinations: readonly (readonly [string, readonly Source[]])[] = [
  ["run-simple", ["stream"]],
  ["run-errors", ["stream"]],
  ["run-subagents", ["stream"]],
  ["run-resume", ["stream"]],
  ["run-resume", ["export"]],
  ["run-resume", ["export", "stream"]],
  ["serve-simple", ["events"]],
  ["serve-simple", ["http"]],
  ["serve-simple", ["http", "events"]],
  ["serve-permission", ["events"]],
  ["serve-permission", ["http"]],
  ["serve-permission", ["http", "events"]],
  ["serve-subagents", ["events"]],
  ["serve-subagents", ["http"]],
  ["serve-subagents", ["http", "events"]],
];

for (const [name, sources] of combinations)
  test(`${name} by ${sources.join(" and ")} is what really happened`, () => {
    const events = drafts(translations(name, sources));
    assert.deepEqual(clientDifferences(fold(events), readTruth(`opencode/${name}`), sees(name, sources)), []);
    assertOrderless(events);
  });

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
