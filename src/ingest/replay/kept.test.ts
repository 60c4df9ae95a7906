import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventDraft } from "../../contract/events/index.ts";
import { aliasTable, type AliasTable } from "../../formats/otlp/aliases.ts";
import type { Attributes, Span } from "../../formats/otlp/records.ts";
import { createOtlp } from "../../formats/otlp/translate.ts";
import { translateHook } from "../../formats/codex/hook.ts";
import { createKei } from "../../formats/kei/kei.ts";
import { createOpencode } from "../../formats/opencode/opencode.ts";
import { systemClock } from "../../lib/clock.ts";
import { createMemoryLog } from "../../log/index.ts";
import { fold } from "../../testing/truth-clients.ts";
import { createKept } from "./kept.ts";
import type { KeptTranslator } from "./translators.ts";

const AT = "2026-11-20T10:00:00.000Z";
const hook = { session_id: "s1", hook_event_name: "MoonLanded", crater: "Tycho", note: "n".repeat(20_000) };

/** A translator of tomorrow, which knows the made-up hook. */
const tomorrow = new Map<string, KeptTranslator>([
  [
    "codex/hook",
    (record, { session_id, timestamp }) => {
      const { crater, note } = record as typeof hook;
      const told = {
        id: `session:s1:${crater}:updated@hook`,
        type: "session.updated",
        timestamp,
        source: "codex/hook",
        session_id,
        data: { title: `${crater} ${note.length}` },
      };
      return { events: [told as EventDraft] };
    },
  ],
]);

async function logWith(...drafts: readonly EventDraft[]) {
  const log = createMemoryLog({ clock: systemClock });
  await log.append(drafts);
  return log;
}

test("a record that nobody knew is understood by a later translator, once", async () => {
  const log = await logWith(...translateHook(hook, AT).events);
  const today = createKept({ log });
  assert.deepEqual(today.unknown(), { "codex/hook": 1 });
  const [before] = (await today.replay({})).items;
  assert.deepEqual(before, { format: "codex/hook", how: "records", records: 1, understood: 0, unknown: 1, stored: 0, duplicates: 0 });
  assert.equal(log.head(), 1, "what is still not understood is not kept again");

  const later = createKept({ log, translators: tomorrow });
  const [first] = (await later.replay({ format: "codex/hook" })).items;
  assert.deepEqual(first, { format: "codex/hook", how: "records", records: 1, understood: 1, unknown: 0, stored: 1, duplicates: 0 });
  assert.deepEqual(later.unknown(), {});
  const told = log.read({ types: ["session.updated"], limit: 9 })[0]!;
  assert.deepEqual([told.session_id, told.timestamp, told.data], ["ses_s1", AT, { title: "Tycho 20000" }], "long texts are whole again");
  const [second] = (await later.replay({ format: "codex/hook" })).items;
  assert.deepEqual([second!.stored, second!.duplicates], [0, 1]);
  assert.equal(log.head(), 2);
});

test("the count outlives the process, and counts what came meanwhile", async () => {
  const log = await logWith(...translateHook(hook, AT).events);
  const first = createKept({ log });
  log.onCommit(first.count);
  await log.append(translateHook({ ...hook, crater: "Plato" }, AT).events);
  assert.deepEqual(first.unknown(), { "codex/hook": 2 });
  await log.append(createKei().translate({ ts: AT, event: "moon_phase", agent_id: "main" }).events);
  await log.append(translateHook({ ...hook, hook_event_name: "Stop", turn_id: "t1" }, AT).events);
  assert.deepEqual(createKept({ log }).unknown(), { "codex/hook": 2, "kei/other": 1 });
});

test("a child's event is replayed under its root session", async () => {
  const opencode = createOpencode({ saved: { parents: { ses_child: "ses_root" }, owners: {}, facts: {} } });
  const log = await logWith(...opencode.event({ type: "moon.landed", properties: { sessionID: "ses_child" } }, AT).events);
  const kept = createKept({ log });
  assert.deepEqual(kept.unknown(), { "opencode/sse": 1 });
  await kept.replay({});
  assert.deepEqual(
    log.read({ limit: 9 }).map(({ session_id }) => session_id),
    ["ses_root"],
  );
});

test("a format whose records lean on those before them is read again from its files, or said to be left", async () => {
  const record = {
    id: "source:1:kept",
    type: "source.kept",
    timestamp: AT,
    source: "x/y",
    data: { format: "x/file", record_type: "a", reason: "unknown", record: {} },
  };
  const log = await logWith(
    record as EventDraft,
    { ...record, id: "source:2:kept", data: { ...record.data, format: "x/stream" } } as EventDraft,
  );
  let rereads = 0;
  const reread = new Map([["x/file", () => Promise.resolve(rereads++)]]);
  const { items } = await createKept({ log, reread }).replay({});
  assert.deepEqual(
    items.map(({ format, how, unknown }) => [format, how, unknown]),
    [
      ["x/file", "files", 0],
      ["x/stream", "nothing", 1],
    ],
  );
  assert.equal(rereads, 1);
});

/** A table of later, which knows more of one emitter's names, and that what it called its session is a thread. */
const laterTable: AliasTable = {
  version: aliasTable.version + 1,
  columns: {
    ...aliasTable.columns,
    session: ["x.thread", ...aliasTable.columns.session],
    response: [...aliasTable.columns.response, "x.answer"],
    ttft_s: [...aliasTable.columns.ttft_s, "x.first_chunk"],
    cache_read: [...aliasTable.columns.cache_read, "x.cached"],
    call: [...aliasTable.columns.call, "x.call"],
    tool_output: [...aliasTable.columns.tool_output, "x.result"],
    agent_task: [...aliasTable.columns.agent_task, "x.task"],
  },
};

function span(spanId: string, parentSpanId: string | undefined, attributes: Attributes): Span {
  const common = { "gen_ai.conversation.id": "c1", "x.thread": "t1", ...attributes };
  const startMs = Date.parse(AT);
  const sent = { resource: { "service.name": "crew" }, scope: { name: "x" }, attributes: common, status: { code: 0 }, events: [] };
  return { kind: "span", name: "n", traceId: "t", spanId, parentSpanId, startMs, endMs: startMs + 5_000, ...sent } as Span;
}

const spans = [
  span("root", undefined, { "gen_ai.operation.name": "invoke_agent" }),
  span("sub", "root", { "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "helper", "x.task": "count the craters" }),
  span("chat", "sub", {
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "m",
    "gen_ai.usage.input_tokens": 100,
    "gen_ai.usage.output_tokens": 7,
    "x.cached": 60,
    "x.first_chunk": 0.5,
    "x.answer": "a1",
  }),
  span("tool", "sub", {
    "gen_ai.operation.name": "execute_tool",
    "gen_ai.tool.name": "look",
    "x.call": "c9",
    "x.result": "r".repeat(30_000),
  }),
];

test("spans that an older table of names had read get the new columns, once, as what they were taken for", async () => {
  const translate = createOtlp();
  const log = await logWith(...spans.flatMap((each) => translate(each, AT).events));
  const before = log.head();

  const today = createKept({ log });
  assert.deepEqual((await today.replay({})).items, [], "nothing is older than the table of today");
  assert.equal((await today.replay({ format: "otlp/aliases" })).items[0]!.records, 0);

  const later = createKept({ log, aliases: laterTable });
  const [first, ...others] = (await later.replay({})).items;
  assert.deepEqual(others, []);
  const added = log.head() - before;
  assert.deepEqual(first, { format: "otlp/aliases", how: "records", records: 4, understood: 4, unknown: 0, stored: added, duplicates: 0 });
  const [session, ...more] = [...fold(log.read({ order: "oldest", limit: 500 })).values()];
  assert.deepEqual([session!.session_id, more.length], ["ses_c1", 0], "history stays where it was told");
  const requests = [...session!.usage.requests.values()];
  assert.deepEqual(
    requests.map(({ request_id, agent_id, ttft_ms, usage }) => [
      request_id,
      agent_id,
      ttft_ms,
      usage?.input,
      usage?.cache_read,
      usage?.output,
    ]),
    [["req_t:chat", "agt_helper", 500, 40, 60, 7]],
  );
  const calls = [...session!.calls.map.values()];
  assert.deepEqual(
    calls.map(({ call_id, agent_id, name }) => [call_id, agent_id, name]),
    [["call_t:tool", "agt_helper", "look"]],
  );
  const told = log.read({ types: ["tool.ended"], order: "newest", limit: 1 })[0]!;
  assert.match(JSON.stringify(told.data), /"output":.*rrrr/);
  assert.deepEqual(
    [...session!.agents.values()].map(({ task }) => task),
    [undefined, "count the craters"],
  );

  const [second] = (await later.replay({ format: "otlp/aliases" })).items;
  assert.deepEqual([second!.records, second!.stored, second!.duplicates], [4, 0, added]);
  const repeated = createOtlp();
  await log.append(spans.flatMap((each) => repeated(each, AT).events));
  assert.equal(log.head(), before + added, "an export that is sent again tells nothing twice");
});
