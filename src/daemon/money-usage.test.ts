import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventDraft } from "../contract/events/index.ts";
import { toTimestamp } from "../lib/clock.ts";
import { PROMPT_MICROS, caller, openMoney } from "../testing/money-fixture.ts";

test("what was spent is summed by model, session, agent, project, day and program", async (t) => {
  const { handlers, spend, time } = openMoney(t);
  await spend("ses_a", 1_000);
  await spend("ses_b", 2_000, {}, "agt_helper");
  time.now += 86_400_000;
  await spend("ses_c", 3_000);
  await spend("ses_c", 50, { model: "no-such-model" });
  const usd = async (input: object) => {
    const { items, total } = await handlers["usage.get"]({ group_by: "model", ...input }, caller);
    return [Object.fromEntries(items.map(({ key, cost }) => [key, cost.usd_micros])), total?.cost.usd_micros];
  };
  const [a, b, c] = [20_000, 40_000, 60_000].map((output) => output + PROMPT_MICROS) as [number, number, number];
  assert.deepEqual(await usd({ group_by: "model" }), [{ "claude-opus-5-5": a + b + c, "no-such-model": undefined }, a + b + c]);
  assert.deepEqual(await usd({ group_by: "session" }), [{ ses_c: c, ses_b: b, ses_a: a }, a + b + c]);
  assert.deepEqual(await usd({ group_by: "agent" }), [{ "ses_c agt_main": c, "ses_b agt_helper": b, "ses_a agt_main": a }, a + b + c]);
  assert.deepEqual(await usd({ group_by: "project" }), [{ shop: a + b, other: c }, a + b + c]);
  assert.deepEqual(await usd({ group_by: "day" }), [{ "2026-11-20": a + b, "2026-11-21": c }, a + b + c]);
  assert.deepEqual(await usd({ group_by: "app" }), [{ "claude-code": a + b + c }, a + b + c]);
  assert.deepEqual(await usd({ group_by: "day", until: "2026-11-20" }), [{ "2026-11-20": a + b }, a + b]);
  assert.deepEqual(await usd({ group_by: "session", project: "other" }), [{ ses_c: c }, c]);
  const { items } = await handlers["usage.get"]({ group_by: "project" }, caller);
  assert.deepEqual(
    items.map(({ cost, cache }) => [cost.source, cost.unknown_requests, cost.unknown_models, cache.hit_rate]),
    [
      ["computed", 0, undefined, 0.75],
      ["computed", 1, ["no-such-model"], 0.75],
    ],
  );
});

test("what was spent is divided by tool: every token is in one row, and what a call's answer does not divide into is not lost", async (t) => {
  const { handlers, log, spend, event, time } = openMoney(t);
  const call = (id: string, name: string, request_id: string) =>
    event("tool.started", "ses_a", { call_id: `call_${id}`, name, kind: "run", request_id });
  // Of 1,001 tokens, one is left over: the first call by id has it.
  await spend("ses_a", 1_001, { request_id: "req_two" });
  await log.append([call("2", "Read", "req_two"), call("1", "Bash", "req_two")]);
  await spend("ses_a", 300, { request_id: "req_same" });
  await log.append([call("3", "Read", "req_same"), call("4", "Read", "req_same")]);
  await spend("ses_a", 70, { request_id: "req_none" });
  time.now += 86_400_000;
  await spend("ses_b", 5, { request_id: "req_other" });
  const byTool = async (input: object = {}) => {
    const { items, total } = await handlers["usage.get"]({ group_by: "tool", ...input }, caller);
    return {
      rows: Object.fromEntries(items.map((row) => [row.key, [row.requests, row.tokens.output, row.cost.usd_micros]])),
      items,
      total,
    };
  };
  const { rows, items, total } = await byTool();
  assert.deepEqual(rows, {
    Read: [2, 800, 16_000],
    Bash: [1, 501, 10_020],
    "(no tool)": [2, 75, 1_500],
    "(context)": [4, 0, 4 * PROMPT_MICROS],
  });
  assert.ok(items.every(({ estimated, method }) => estimated === true && method === "request_split"));
  for (const bucket of Object.keys(total!.tokens) as (keyof NonNullable<typeof total>["tokens"])[])
    assert.equal(
      items.reduce((sum, { tokens }) => sum + tokens[bucket], 0),
      total!.tokens[bucket],
      bucket,
    );
  assert.equal(
    items.reduce((sum, { cost }) => sum + (cost.usd_micros ?? 0), 0),
    total!.cost.usd_micros,
  );
  assert.equal(total!.requests, 4);
  assert.deepEqual((await byTool({ since: "2026-11-21" })).rows, { "(no tool)": [1, 5, 100], "(context)": [1, 0, PROMPT_MICROS] });

  // A source that comes later, without a later time, tells that the answer without calls had one.
  time.now -= 86_400_000;
  await log.append([call("5", "Grep", "req_none")]);
  assert.deepEqual((await byTool({ session_id: "ses_a" })).rows, {
    Read: [2, 800, 16_000],
    Bash: [1, 501, 10_020],
    Grep: [1, 70, 1_400],
    "(context)": [3, 0, 3 * PROMPT_MICROS],
  });
});

test("what was spent is summed by ticket; what is for several counts for each, and the total has it once", async (t) => {
  const { handlers, spend, log, time } = openMoney(t);
  await spend("ses_a", 1_000);
  await spend("ses_b", 2_000);
  await spend("ses_b", 500, {}, "agt_helper");
  await spend("ses_c", 3_000);
  let count = 0;
  const ticket = (type: string, data: object) =>
    log.append([{ id: `t${count++}`, type, timestamp: toTimestamp(time.now), source: "ci", data } as EventDraft]);
  for (const ticket_id of ["tkt_1", "tkt_2", "tkt_3"]) await ticket("ticket.created", { ticket_id, title: `Ticket ${ticket_id}` });
  await ticket("ticket.linked", { ticket_id: "tkt_1", session_id: "ses_a" });
  await ticket("ticket.linked", { ticket_id: "tkt_2", session_id: "ses_a" });
  await ticket("ticket.linked", { ticket_id: "tkt_2", session_id: "ses_b", agent_id: "agt_helper" });
  const { items, total } = await handlers["usage.get"]({ group_by: "ticket" }, caller);
  const [a, b, helper, c] = [20_000, 40_000, 10_000, 60_000].map((output) => output + PROMPT_MICROS) as [number, number, number, number];
  assert.deepEqual(
    items.map(({ key, label, cost }) => [key, label, cost.usd_micros]),
    [
      ["none", undefined, b + c],
      ["tkt_2", "Ticket tkt_2", a + helper],
      ["tkt_1", "Ticket tkt_1", a],
    ],
  );
  assert.equal(total?.cost.usd_micros, a + b + helper + c);
});

test("cost by token bucket adds up to the computed cost, and CSV has the same rows", async (t) => {
  const { handlers, spend } = openMoney(t);
  await spend("ses_a", 1_000);
  await spend("ses_a", 50, { model: "no-such-model" });
  const { total } = await handlers["usage.get"]({ group_by: "model" }, caller);
  assert.deepEqual(total?.by_bucket, { input: 0, cache_read: 60, cache_write_5m: 500, cache_write_1h: 0, output: 20_000 });
  const lines = String(await handlers["usage.csv"]({ group_by: "model" }, caller)).split("\r\n");
  assert.deepEqual(
    lines.map((line) => line.split(",", 3).join(",")),
    ["model,label,requests", "claude-opus-5-5,,1", "no-such-model,,1", ""],
  );
  assert.deepEqual(
    lines.map((line) => line.split(",").slice(-5).join(",")),
    [
      "computed_input_usd_micros,computed_cache_read_usd_micros,computed_cache_write_5m_usd_micros,computed_cache_write_1h_usd_micros,computed_output_usd_micros",
      "0,60,500,0,20000",
      ",,,,",
      "",
    ],
    "a model without a price costs nothing that is known, and not nothing",
  );
});
