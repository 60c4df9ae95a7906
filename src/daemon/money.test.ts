import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { OrreryError } from "../contract/errors.ts";
import type { EventDraft } from "../contract/events/index.ts";
import type { SessionId } from "../contract/ids.ts";
import type { Caller } from "../contract/operations/index.ts";
import { systemClock, toTimestamp } from "../lib/clock.ts";
import { createMemoryLog } from "../log/index.ts";
import { createHistory } from "./history.ts";
import { createBudgets } from "./money-budgets.ts";
import { createPriceBook } from "./money-prices.ts";
import { createMoneyHandlers } from "./money.ts";
import { createWholeSessions } from "./whole-sessions.ts";
import { createProjector } from "./projector.ts";
import { dropOtherShapes } from "./state-shape.ts";
import { createTicketBook } from "./work-book.ts";

const NOON = Date.UTC(2026, 10, 20, 12);
const caller: Caller = { door: "internal", actor: "test" };

function setUp(t: TestContext) {
  const home = mkdtempSync(join(tmpdir(), "orrery-money-"));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const time = { now: NOON };
  const clock = { ...systemClock, now: () => time.now };
  const log = createMemoryLog({ clock });
  const history = createHistory(log);
  const projector = createProjector({ log, history, clock });
  log.onCommit(projector.apply);
  const { summaries, session } = projector;
  const openBook = () => createPriceBook({ home, today: () => toTimestamp(clock.now()).slice(0, 10) });
  const book = openBook();
  const openBudgets = () => {
    const budgets = createBudgets({ home, clock, summaries, session, pricesAt: book.at, append: log.append });
    log.onCommit(budgets.noted);
    return budgets;
  };
  const budgets = openBudgets();
  const tickets = createTicketBook({ log, clock });
  log.onCommit(tickets.apply);
  const handlers = createMoneyHandlers({
    clock,
    summaries,
    session,
    history,
    head: log.head,
    wholeNow: createWholeSessions({ log, history }),
    book,
    budgets,
    tickets: () => tickets.tickets(),
  });
  const told = () =>
    log.read({ types: ["budget.*"], order: "oldest", limit: 100 }).map(({ type, data }) => [type, (data as { subject: string }).subject]);
  let count = 0;
  const event = (type: string, session_id: string, data: object, more: object = {}): EventDraft =>
    ({
      id: `e${count++}`,
      type,
      timestamp: toTimestamp(time.now),
      source: "claude-code/transcript",
      session_id,
      agent_id: "agt_main",
      data,
      ...more,
    }) as EventDraft;
  /** Output costs 20 millionths a token. */
  const spend = (session_id: string, output: number, more: object = {}, agent = "agt_main") =>
    log.append([
      event("session.started", session_id, { project: session_id === "ses_c" ? "other" : "shop", app: "claude-code" }),
      event(
        "model.responded",
        session_id,
        {
          request_id: `req_${count}`,
          model: "claude-opus-5-5",
          usage: { input: 0, cache_read: 300, cache_write_5m: 100, output },
          ...more,
        },
        { agent_id: agent },
      ),
    ]);
  return { home, time, log, book, openBook, budgets, openBudgets, handlers, told, spend, event };
}

/** 300 read and 100 written: 60 and 500 millionths. */
const PROMPT = 560;

test("what was spent is summed by model, session, agent, project, day and program", async (t) => {
  const { handlers, spend, time } = setUp(t);
  await spend("ses_a", 1_000);
  await spend("ses_b", 2_000, {}, "agt_helper");
  time.now += 86_400_000;
  await spend("ses_c", 3_000);
  await spend("ses_c", 50, { model: "no-such-model" });
  const usd = async (input: object) => {
    const { items, total } = await handlers["usage.get"]({ group_by: "model", ...input }, caller);
    return [Object.fromEntries(items.map(({ key, cost }) => [key, cost.usd_micros])), total?.cost.usd_micros];
  };
  const [a, b, c] = [20_000, 40_000, 60_000].map((output) => output + PROMPT) as [number, number, number];
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
  const { handlers, log, spend, event, time } = setUp(t);
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
    "(context)": [4, 0, 4 * PROMPT],
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
  assert.deepEqual((await byTool({ since: "2026-11-21" })).rows, { "(no tool)": [1, 5, 100], "(context)": [1, 0, PROMPT] });

  // A source that comes later, without a later time, tells that the answer without calls had one.
  time.now -= 86_400_000;
  await log.append([call("5", "Grep", "req_none")]);
  assert.deepEqual((await byTool({ session_id: "ses_a" })).rows, {
    Read: [2, 800, 16_000],
    Bash: [1, 501, 10_020],
    Grep: [1, 70, 1_400],
    "(context)": [3, 0, 3 * PROMPT],
  });
});

test("what was spent is summed by ticket; what is for several counts for each, and the total has it once", async (t) => {
  const { handlers, spend, log, time } = setUp(t);
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
  const [a, b, helper, c] = [20_000, 40_000, 10_000, 60_000].map((output) => output + PROMPT) as [number, number, number, number];
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

test("a session's own total stands for it, beside what is computed", async (t) => {
  const { handlers, spend, log, event, time } = setUp(t);
  await spend("ses_a", 1_000);
  await log.append([event("cost.reported", "ses_a", { usd_micros: 21_000 })]);
  const cost = async (id: string) => (await handlers["sessions.cost"]({ session_id: id }, caller)).cost;
  const { usd_micros, source, computed_usd_micros, difference_usd_micros } = await cost("ses_a");
  assert.deepEqual([usd_micros, source, computed_usd_micros, difference_usd_micros], [21_000, "reported", 20_560, 440]);
  time.now += 60_000;
  await log.append([event("cost.reported", "ses_fork", { usd_micros: 30_000, continued_from: "ses_a" })]);
  await spend("ses_fork", 400);
  time.now += 60_000;
  await log.append([event("cost.reported", "ses_a", { usd_micros: 99_000 })]);
  assert.equal((await cost("ses_fork")).reported_usd_micros, 9_000);
  await assert.rejects(
    async () => cost("ses_none"),
    (error) => error instanceof OrreryError && error.code === "NOT_FOUND",
  );
});

test("at a past moment a session cost what was known of it then", async (t) => {
  const { handlers, spend, time } = setUp(t);
  await spend("ses_a", 1_000);
  const then = toTimestamp(time.now);
  time.now += 60_000;
  await spend("ses_a", 2_000);
  const cost = async (at?: string | number) => (await handlers["sessions.cost"]({ session_id: "ses_a", at }, caller)).cost.usd_micros;
  assert.deepEqual([await cost(), await cost(then), await cost(2)], [60_000 + 2 * PROMPT, 20_000 + PROMPT, 20_000 + PROMPT]);
  await spend("ses_a", 4_000);
  const up_to = toTimestamp(time.now);
  const exact = await handlers["sessions.cost"]({ session_id: "ses_a", at: up_to, up_to: 4 }, caller);
  assert.deepEqual(
    [exact.cost.usd_micros, await cost(up_to)],
    [60_000 + 2 * PROMPT, 140_000 + 3 * PROMPT],
    "of its millisecond only what came up to that event",
  );
  await assert.rejects(
    async () => cost("2020-01-01T00:00:00Z"),
    (error) => error instanceof OrreryError && error.code === "NOT_FOUND",
  );
});

test("drops of the cache are summed by day and reason, and looked for again in a session that has grown", async (t) => {
  const { handlers, spend, time } = setUp(t);
  const big = { usage: { input: 0, cache_read: 0, cache_write_5m: 100_000, output: 1 } };
  await spend("ses_a", 1, big);
  time.now += 6 * 60_000;
  await spend("ses_a", 1, big);
  const first = await handlers["cache.get"]({}, caller);
  assert.deepEqual(
    first.days.map(({ day, drops, lost }) => [day, drops, lost]),
    [["2026-11-20", 1, 100_000]],
  );
  time.now += 86_400_000;
  await spend("ses_a", 1, { ...big, model: "no-such-model" });
  const { days, reasons, items, looked_into, left_out } = await handlers["cache.get"]({}, caller);
  assert.deepEqual(
    days.map(({ day, drops, cost_usd_micros }) => [day, drops, cost_usd_micros]),
    [
      ["2026-11-20", 1, 480_000],
      ["2026-11-21", 1, undefined],
    ],
  );
  assert.deepEqual(reasons.map(({ reason, drops, unpriced }) => [reason, drops, unpriced]).toSorted(), [
    ["model_switched", 1, 1],
    ["ttl_passed", 1, 0],
  ]);
  assert.deepEqual([items.map(({ session_id }) => session_id), looked_into, left_out], [["ses_a", "ses_a"], 1, 0]);
  assert.equal((await handlers["cache.get"]({ since: "2026-11-21" }, caller)).items.length, 1);
  assert.equal((await handlers["cache.get"]({ project: "other" }, caller)).looked_into, 0);
});

test("cost by token bucket adds up to the computed cost, and CSV has the same rows", async (t) => {
  const { handlers, spend } = setUp(t);
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

test("plan limits are those that were told last, with when they run out", async (t) => {
  const { handlers, log, event, time } = setUp(t);
  const resets_at = toTimestamp(NOON + 5 * 3_600_000);
  const told = (session: string, used_percent: number) =>
    log.append([
      event("session.started", session, { app: "codex" }),
      event("limit.reported", session, { limit: "five_hour", used_percent, resets_at }),
    ]);
  await told("ses_a", 10);
  time.now += 3_600_000;
  await told("ses_b", 20);
  time.now += 3_600_000;
  await told("ses_b", 50);
  const { items } = await handlers["limits.list"]({}, caller);
  assert.deepEqual(
    items.map(({ app, limit, used_percent, session_id, exhausted_at }) => [app, limit, used_percent, session_id, exhausted_at]),
    [["codex", "five_hour", 50, "ses_b", toTimestamp(time.now + (50 / 30) * 3_600_000)]],
  );
});

test("a drop of the cache tells what paying again cost beyond reading", async (t) => {
  const { handlers, spend, time } = setUp(t);
  const big = { usage: { input: 0, cache_read: 0, cache_write_5m: 100_000, output: 1 } };
  await spend("ses_a", 1, big);
  time.now += 6 * 60_000;
  await spend("ses_a", 1, big);
  const { drops } = await handlers["sessions.cost"]({ session_id: "ses_a" }, caller);
  // 100,000 tokens written at 5 millionths each instead of read at 0.2.
  assert.deepEqual(
    drops.map(({ reason, lost, cost_usd_micros }) => [reason, lost, cost_usd_micros]),
    [["ttl_passed", 100_000, 480_000]],
  );
});

test("a session's cost is told by agent and turn, with the context's fill", async (t) => {
  const { handlers, spend, log, event } = setUp(t);
  await log.append([event("turn.started", "ses_a", { turn_id: "trn_1" })]);
  await spend("ses_a", 1_000);
  await spend("ses_a", 500, {}, "agt_helper");
  const answer = await handlers["sessions.cost"]({ session_id: "ses_a" }, caller);
  assert.deepEqual(
    answer.agents.map(({ agent_id, cost }) => [agent_id, cost.usd_micros]),
    [
      ["agt_main", 20_560],
      ["agt_helper", 10_560],
    ],
  );
  assert.deepEqual(
    answer.turns.map(({ turn_id, cost, requests, tokens, context }) => [turn_id, cost.usd_micros, requests, tokens.output, context]),
    [["trn_1", 20_560, 1, 1_000, { tokens: 1_400, window: 1_000_000 }]],
  );
  const [context] = answer["contexts"] as { tokens: number; window: number }[];
  assert.deepEqual([context?.tokens, context?.window], [1_400, 1_000_000]);
  const { items } = await handlers["sessions.requests"]({ session_id: "ses_a", limit: 50 }, caller);
  assert.deepEqual(
    items.map(({ cost }) => [cost.usd_micros, cost.price_version]),
    [
      [20_560, answer["price_version"]],
      [10_560, answer["price_version"]],
    ],
  );
});

test("a new table holds from its day on; history keeps its price and version until it is priced anew", async (t) => {
  const { home, handlers, spend, time, book, openBook } = setUp(t);
  await spend("ses_a", 1_000);
  const before = (await handlers["usage.get"]({ group_by: "day" }, caller)).total!.cost;
  time.now += 86_400_000;
  await spend("ses_a", 1_000);
  const file = join(home, "mine.json");
  writeFileSync(file, JSON.stringify({ prices: [{ model: "claude-opus-5-5", input: 0, output: 40, cache_read: 0 }] }));
  const refreshed = await handlers["prices.refresh"]({ path: file }, caller);
  assert.notEqual(refreshed.price_version, before.price_version);
  for (const reader of [book, openBook()])
    assert.deepEqual(
      reader.inForce().map(({ from }) => from),
      ["", "2026-11-21"],
    );
  const days = async () =>
    (await handlers["usage.get"]({ group_by: "day" }, caller)).items.map(({ cost }) => [cost.usd_micros, cost.price_version]);
  const [first, second] = [
    [20_560, before.price_version],
    [40_000, refreshed.price_version],
  ];
  assert.deepEqual(await days(), [first, second]);
  const dry = await handlers["costs.reprice"]({ dry_run: true }, caller);
  assert.deepEqual([dry.before.usd_micros, dry.after.usd_micros, dry.items.length], [60_560, 80_000, 1]);
  assert.deepEqual(await days(), [first, second]);
  await handlers["costs.reprice"]({ dry_run: false }, caller);
  assert.deepEqual(await days(), [[40_000, refreshed.price_version], second]);
  assert.deepEqual(openBook().inForce().length, 1);
  await handlers["prices.refresh"]({}, caller);
  assert.equal((await handlers["usage.get"]({ group_by: "day" }, caller)).items[1]?.cost.usd_micros, 20_560);
});

test("a file of prices that is not valid is refused field by field, and says nothing of its words", async (t) => {
  const { home, handlers, openBook } = setUp(t);
  const refused = async (text: string | undefined) => {
    const file = join(home, "bad.json");
    rmSync(file, { force: true });
    if (text !== undefined) writeFileSync(file, text);
    try {
      await handlers["prices.refresh"]({ path: file }, caller);
    } catch (error) {
      return (error as OrreryError).message;
    }
    return "accepted";
  };
  assert.match(await refused(undefined), /names no file/);
  assert.match(await refused("secret words"), /is not valid JSON\.$/);
  assert.doesNotMatch(await refused("secret words"), /secret/);
  assert.match(await refused(JSON.stringify({ prices: [{ model: "a", input: "x", output: 1 }] })), /prices\.0\.input/);
  writeFileSync(join(home, "prices.json"), "{");
  assert.match(openBook().problems()[0]!.message, /is not valid JSON/);
  writeFileSync(join(home, "prices.json"), JSON.stringify({ prices: [{ model: "no-such-model", input: 1, output: 1 }] }));
  const opened = openBook();
  assert.deepEqual(
    [opened.problems(), opened.newest().price({ model: "no-such-model", day: "2026-11-20", prompt_above: 0 })?.origin],
    [[], "yours"],
  );
});

test("prices.list shows what applies to one model", async (t) => {
  const { handlers } = setUp(t);
  const { items, problems } = await handlers["prices.list"]({ model: "us.anthropic.claude-opus-5-5-v1:0" }, caller);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    items.map(({ model, rates, modes }) => [model, rates.output, modes["fast"], modes["batch"]]),
    [["claude-opus-5-5", 20, 2, 0.5]],
  );
  assert.deepEqual((await handlers["prices.list"]({ model: "no-such-model" }, caller)).items, []);
});

test("a budget warns and says when it is exceeded, once each, also across a restart", async (t) => {
  const { handlers, spend, budgets, openBudgets, told, time, log } = setUp(t);
  await handlers["budgets.set"]({ budget_id: "bud_day", scope: "day", limit_usd: 0.1, warn_percent: 50 }, caller);
  await spend("ses_a", 2_000);
  await budgets.look();
  assert.deepEqual(told(), []);
  await spend("ses_a", 1_000);
  await budgets.look();
  await budgets.look();
  assert.deepEqual(told(), [["budget.warned", "2026-11-20"]]);
  await openBudgets().look();
  assert.equal(told().length, 1);
  await spend("ses_b", 3_000);
  await budgets.look();
  await openBudgets().look();
  assert.deepEqual(told(), [
    ["budget.warned", "2026-11-20"],
    ["budget.exceeded", "2026-11-20"],
  ]);
  time.now += 86_400_000;
  await spend("ses_b", 6_000);
  await budgets.look();
  assert.deepEqual(told().slice(2), [
    ["budget.warned", "2026-11-21"],
    ["budget.exceeded", "2026-11-21"],
  ]);
  const [last] = log.read({ types: ["budget.exceeded"], order: "newest", limit: 1 });
  assert.equal((last!.data as { spent_usd_micros: number }).spent_usd_micros, 120_560);
});

test("a budget holds for each session, agent or project, or for one of them", async (t) => {
  const { home, handlers, spend, budgets, told } = setUp(t);
  for (const budget of [
    { budget_id: "bud_session", scope: "session" },
    { budget_id: "bud_agent", scope: "agent" },
    { budget_id: "bud_project", scope: "project", match: "other" },
  ] as const)
    await handlers["budgets.set"]({ ...budget, limit_usd: 0.05, warn_percent: 100 }, caller);
  await spend("ses_a", 3_000);
  await spend("ses_b", 1_500);
  await spend("ses_b", 1_500, {}, "agt_helper");
  await spend("ses_c", 100);
  await budgets.look();
  const exceeded = told().flatMap(([type, subject]) => (type === "budget.exceeded" ? [subject] : []));
  assert.deepEqual(exceeded.toSorted(), ["ses_a", "ses_a agt_main", "ses_b"]);
  const { items } = await handlers["budgets.list"]({}, caller);
  assert.deepEqual(
    items.map(({ budget_id, state, subjects }) => [budget_id, state, subjects.length]),
    [
      ["bud_session", "exceeded", 3],
      ["bud_agent", "exceeded", 4],
      ["bud_project", "below", 1],
    ],
  );
  assert.deepEqual(await handlers["budgets.remove"]({ budget_id: "bud_agent" }, caller), { removed: true });
  assert.deepEqual(await handlers["budgets.remove"]({ budget_id: "bud_agent" }, caller), { removed: false });
  assert.equal((JSON.parse(readFileSync(join(home, "budgets.json"), "utf8")) as { budgets: unknown[] }).budgets.length, 2);
});

test("a file of budgets that cannot be read is left as it is", async (t) => {
  const { home, openBudgets } = setUp(t);
  const path = join(home, "budgets.json");
  assert.ok(!existsSync(path));
  writeFileSync(path, '{"budgets": [{"budget_id": "bud_1", "scope": "galaxy", "limit_usd": 1}]}');
  const budgets = openBudgets();
  assert.match(budgets.problems()[0]!.message, /budgets\.0\.scope/);
  assert.throws(() => budgets.set({ budget_id: "bud_2", scope: "day", limit_usd: 1, warn_percent: 80 }), /left as it is/);
});

test("checkpoints of an older shape are dropped, and the log is folded anew", async (t) => {
  const { log, spend } = setUp(t);
  await spend("ses_a", 1_000);
  log.checkpoints.save({ sessionId: "ses_a" as SessionId, seq: log.head(), shownAtMs: NOON, state: "{}" });
  log.checkpoints.saveSummary("ses_a" as SessionId, log.head(), JSON.stringify({ session_id: "ses_a", facts: {} }));
  log.notes.set("projector.folded_to", String(log.head()));
  await spend("ses_b", 1_000);
  assert.deepEqual([dropOtherShapes(log), dropOtherShapes(log)], [true, false]);
  await log.append([]);
  const projector = createProjector({ log, history: createHistory(log), clock: { ...systemClock, now: () => NOON } });
  assert.deepEqual(
    projector
      .summaries()
      .map(({ session_id, requests, spend: lines }) => [session_id, requests, lines.length])
      .toSorted(),
    [
      ["ses_a", 1, 1],
      ["ses_b", 1, 1],
    ],
  );
});

test("a session that has long been over is not told of", async (t) => {
  const { handlers, spend, budgets, told, time } = setUp(t);
  await spend("ses_old" as SessionId, 9_000);
  time.now += 3 * 86_400_000;
  await handlers["budgets.set"]({ budget_id: "bud_session", scope: "session", limit_usd: 0.01, warn_percent: 80 }, caller);
  await budgets.look();
  assert.deepEqual(told(), []);
});
