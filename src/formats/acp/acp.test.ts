// The Agent Client Protocol: what a connection tells besides. The recordings themselves are played in test/truth.test.ts.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventDraft } from "../../contract/events/index.ts";
import { toTimestamp } from "../../lib/clock.ts";
import { readFrames } from "../../testing/recorded-acp.ts";
import { drafts, fold, readLines, readWhole, viewSession } from "../../testing/truth-clients.ts";
import { assertHarmless } from "../../testing/truth-order.ts";
import { createAcp } from "./acp.ts";

interface Frame {
  readonly dir: "client->agent" | "agent->client";
  readonly t: number;
  readonly msg: { readonly params?: { readonly update?: { readonly sessionUpdate: string; readonly messageId?: string } } };
}

const translations = (name: string, only: boolean) => readFrames(`acp/${name}`, { only });

const cases = [
  "claude-agent-acp/simple",
  "claude-agent-acp/permissions",
  "claude-agent-acp/subagents",
  "codex-acp/simple-and-permission",
  "codex-acp/permission-cancelled",
  "gemini-cli/simple",
  "opencode/simple-and-subagents",
];

test("beside other sources of its session, a connection tells no turns of its own", () => {
  for (const name of cases) {
    const told = drafts(translations(name, false));
    assert.ok(told.every((event) => event.type !== "turn.started"));
    assert.ok(told.some((event) => event.type === "tool.ended"));
  }
});

test("a prompt's answer holds its tokens, each in one bucket", () => {
  const usage = (name: string) => ended(drafts(translations(name, true))).map((event) => event.data["usage"]);
  assert.deepEqual(usage("codex-acp/permission-cancelled"), [
    { input: 10_474, cache_read: 0, cache_write_5m: 0, output: 62, reasoning: 0 },
  ]);
  assert.deepEqual(usage("gemini-cli/simple"), [{ prompt: 76_234, output: 272 }]);
  assert.deepEqual(usage("claude-agent-acp/permissions")[2], { input: 4, cache_read: 11_987, cache_write_5m: 128, output: 36 });
});

test("the prompts of a connection sum up to what was really used", () => {
  for (const [name, source] of [
    ["codex-acp/simple-and-permission", "usage"],
    ["claude-agent-acp/simple", "usage_by_model"],
    ["claude-agent-acp/permissions", "usage_by_model"],
    ["claude-agent-acp/subagents", "usage_by_model"],
  ] as const) {
    const sum = { input: 0, cache_read: 0, cache_write_5m: 0, output: 0 };
    const records = ended(drafts(translations(name, true))).flatMap((event) => (event.data[source] ?? []) as (typeof sum)[] | typeof sum);
    for (const record of records) for (const bucket of Object.keys(sum) as (keyof typeof sum)[]) sum[bucket] += record[bucket];
    const { totals } = readWhole(`acp/${name}/truth.json`) as { totals: { tokens: Record<string, number> } };
    const { input, cache_read, cache_write_5m, output } = totals.tokens;
    assert.deepEqual(sum, { input, cache_read, cache_write_5m, output }, name);
  }
});

function ended(events: readonly EventDraft[]) {
  return events.flatMap((event) => (event.type === "turn.ended" ? [event] : []));
}

test("opencode's last request of a prompt has its tokens", () => {
  const session = [...fold(drafts(translations("opencode/simple-and-subagents", true))).values()][0]!;
  const { tokens } = viewSession(session, 0);
  assert.deepEqual([tokens.input, tokens.cache_read, tokens.output], [301 + 248, 8_407 + 8_714, 16]);
});

test("words that come in pieces are one message", () => {
  const events = drafts(translations("claude-agent-acp/subagents-plain", true));
  const texts = events.flatMap((event) => (event.type === "message.added" ? event.data.parts.map((part) => part.text) : []));
  assert.ok(texts.includes("Starting a helper and a command in the background."));
});

test("history told again gives nothing", () => {
  const name = "claude-agent-acp/permissions";
  const frames = readLines(`acp/${name}/acp.jsonl`) as (Frame & { msg: { method?: string } })[];
  const load = frames.findIndex(({ msg }) => msg.method === "session/load");
  const acp = createAcp({ only: true });
  const told = frames.map(({ dir, t, msg }) => acp.translate(msg, dir === "client->agent" ? "to_agent" : "to_client", toTimestamp(t)));
  assert.deepEqual(new Set(told.slice(load).flatMap(({ events }) => events.map((event) => event.type))), new Set(["session.started"]));
});

test("the same input twice gives the same events", () => {
  for (const name of cases) assert.deepEqual(translations(name, true), translations(name, true));
});

test("junk is refused or kept, never thrown", () => {
  const at = "2026-11-20T10:00:00.000Z";
  for (const name of cases) {
    const frames = readLines(`acp/${name}/acp.jsonl`) as Frame[];
    const toAgent = new Set(frames.filter(({ dir }) => dir === "client->agent").map(({ msg }) => msg as unknown));
    assertHarmless(
      frames.map(({ msg }) => msg),
      () => {
        const acp = createAcp({ only: true });
        let turn = 0;
        return (record) => acp.translate(record, toAgent.has(record) || turn++ % 3 === 0 ? "to_agent" : "to_client", at);
      },
    );
  }
});

test("what an agent says that its session has cost is reported, as a total that runs on", () => {
  const acp = createAcp({ only: false });
  const lines = readLines("acp/claude-agent-acp/subagents/acp.jsonl") as { dir: string; msg: unknown; t: number }[];
  const told = lines.flatMap(
    ({ dir, msg, t }) => acp.translate(msg, dir === "client->agent" ? "to_agent" : "to_client", new Date(t).toISOString()).events,
  );
  const amounts = [...JSON.stringify(lines).matchAll(/"cost":\{"amount":([\d.]+)/g)].map(([, amount]) => Math.round(Number(amount) * 1e6));
  const reported = told.flatMap((event) => (event.type === "cost.reported" ? [event.data.usd_micros] : []));
  assert.ok(reported.length > 0 && reported.every((usd) => amounts.includes(usd)));
  assert.equal(reported.at(-1), Math.max(...reported));
});
