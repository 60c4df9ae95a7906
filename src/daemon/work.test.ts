import assert from "node:assert/strict";
import { test } from "node:test";
import { OrreryError } from "../contract/errors.ts";
import type { EventDraft } from "../contract/events/index.ts";
import type { TicketId } from "../contract/ids.ts";
import { operations, type Caller, type InputFor, type OutputFor } from "../contract/operations/index.ts";
import { systemClock, toTimestamp } from "../lib/clock.ts";
import { createMemoryLog } from "../log/index.ts";
import { builtInSource, tablesOf } from "../money/built-in.ts";
import { createPrices } from "../money/prices.ts";
import { createHistory } from "./history.ts";
import { createProjector } from "./projector.ts";
import { createTicketBook } from "./work-book.ts";
import { createWorkHandlers, type WorkHandlers } from "./work.ts";

const NOON = Date.UTC(2026, 10, 20, 12);
const caller: Caller = { door: "internal", actor: "test" };
const prices = createPrices(tablesOf(builtInSource));
/** Output costs 20 millionths a token. */
const MODEL = "claude-opus-5-5";

function setUp() {
  const time = { now: NOON };
  const clock = { ...systemClock, now: () => time.now };
  const log = createMemoryLog({ clock });
  const history = createHistory(log);
  const projector = createProjector({ log, history, clock });
  log.onCommit(projector.apply);
  const open = () => {
    const book = createTicketBook({ log, clock });
    log.onCommit(book.apply);
    return createWorkHandlers({ book, projector, history, head: log.head, pricesAt: () => prices });
  };
  const handlers = open();
  /** Calls an operation as a door does: input is checked and defaults are filled in. */
  async function call<N extends keyof WorkHandlers>(name: N, input: object = {}, on = handlers): Promise<OutputFor<N>> {
    const operation = operations.find((each) => each.name === name)!;
    const handler = on[name] as (input: InputFor<N>, caller: Caller) => Promise<OutputFor<N>>;
    return await handler(operation.input.parse(input) as InputFor<N>, caller);
  }
  let count = 0;
  const event = (type: string, session_id: string, data: object, agent = "agt_main"): EventDraft =>
    ({
      id: `e${count++}`,
      type,
      timestamp: toTimestamp(time.now),
      source: "claude-code/hook",
      session_id,
      agent_id: agent,
      data,
    }) as EventDraft;
  const tell = (...events: EventDraft[]) => log.append(events);
  const spend = (session: string, output: number, agent = "agt_main") =>
    tell(
      event("session.started", session, { project: "shop", app: "claude-code", cwd: "/shop" }),
      event("model.responded", session, { request_id: `req_${count}`, model: MODEL, usage: { input: 0, output } }, agent),
    );
  const edit = (session: string, path: string, outcome: string, agent = "agt_main") => {
    const call_id = `call_${count}`;
    return tell(
      event("tool.started", session, { call_id, name: "Edit", kind: "edit", paths: [path] }, agent),
      event("tool.ended", session, { call_id, outcome }, agent),
    );
  };
  const listed = (session: string, todos: object[]) => tell(event("todo.listed", session, { todos }));
  return { time, log, open, call, tell, event, spend, edit, listed };
}

const refused = (code: string, words: RegExp) => (error: unknown) =>
  error instanceof OrreryError && error.code === code && words.test(error.message);

test("the open todos of all sessions come first from the one that was active last, page by page", async () => {
  const { time, call, listed } = setUp();
  await listed("ses_a", [
    { title: "one", status: "pending" },
    { title: "two", status: "completed" },
    { title: "three", status: "in_progress" },
  ]);
  time.now += 1_000;
  await listed("ses_b", [{ title: "four" }]);
  await listed("ses_c", [{ title: "five", status: "completed" }]);
  const titles: string[] = [];
  let cursor: string | undefined;
  do {
    const page: OutputFor<"todos.list"> = await call("todos.list", { limit: 1, ...(cursor === undefined ? {} : { cursor }) });
    titles.push(...page.items.map(({ session_id, title }) => `${session_id} ${title}`));
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  assert.deepEqual(titles, ["ses_b four", "ses_a one", "ses_a three"]);
  const of = async (input: object) => (await call("todos.list", input)).items.map(({ title }) => title);
  assert.deepEqual(await of({ session_id: "ses_a" }), ["one", "two", "three"]);
  assert.deepEqual(
    await of({ status: "closed" }),
    ["five", "two"].toSorted((a, b) => (a < b ? -1 : 1)),
  );
  assert.deepEqual(await of({ session_id: "ses_a", agent_id: "agt_other" }), []);
  await assert.rejects(call("todos.list", { session_id: "ses_none" }), refused("NOT_FOUND", /session ses_none/));
});

test("a list goes on where it was, also when the session of its last line has nothing open any more", async () => {
  const { time, call, listed } = setUp();
  for (const session of ["ses_a", "ses_b", "ses_c"]) {
    await listed(session, [{ title: session, status: "pending" }]);
    time.now += 1_000;
  }
  const first = await call("todos.list", { limit: 1 });
  await listed("ses_c", [{ title: "ses_c", status: "completed" }]);
  const second = await call("todos.list", { limit: 5, cursor: first.next_cursor });
  assert.deepEqual(
    [...first.items, ...second.items].map(({ title }) => title),
    ["ses_c", "ses_b", "ses_a"],
  );
});

test("a todo's past is its history, and the list of a past moment is what stood then", async () => {
  const { time, log, call, listed } = setUp();
  await listed("ses_a", [{ title: "one", status: "pending" }]);
  const before = log.head();
  time.now += 60_000;
  await listed("ses_a", [{ title: "one", status: "completed" }, { title: "two" }]);
  const [one] = (await call("todos.list", { session_id: "ses_a" })).items;
  assert.deepEqual(
    [one!.created_at, one!.status_at, one!.history.map(({ status }) => status)],
    [toTimestamp(NOON), toTimestamp(NOON + 60_000), ["pending", "completed"]],
  );
  for (const at of [before, toTimestamp(NOON + 30_000)])
    assert.deepEqual(
      (await call("todos.list", { session_id: "ses_a", at })).items.map(({ title, status }) => `${title} ${status}`),
      ["one pending"],
    );
});

test("a ticket is made, changed and closed; its history says by whom, and a restart finds it as it was", async () => {
  const { time, open, call } = setUp();
  const made = await call("tickets.create", {
    title: " Fix the parser ",
    body: "It drops the last line.",
    tags: ["bug"],
    note: "from a review",
  });
  assert.deepEqual([made.ticket_id, made.title, made.status, made.created_by], ["tkt_1", "Fix the parser", "pending", "test"]);
  time.now += 1_000;
  await call("tickets.update", { ticket_id: "tkt_1", status: "in_progress", assignee: "ann", actor: "ann" });
  await call("tickets.update", { ticket_id: "tkt_1", status: "in_progress", tags: ["bug"] });
  time.now += 1_000;
  const closed = await call("tickets.close", { ticket_id: "tkt_1", note: "fixed" });
  assert.deepEqual([closed.status, closed.closed_at], ["completed", toTimestamp(NOON + 2_000)]);
  await call("tickets.close", { ticket_id: "tkt_1" });
  const found = await call("tickets.get", { ticket_id: "tkt_1" }, open());
  assert.deepEqual(
    found.history.map(({ what, actor, note, changes }) => [what, actor, note, Object.keys(changes).toSorted().join(" ")]),
    [
      ["created", "test", "from a review", "body status tags title"],
      ["updated", "ann", undefined, "assignee status"],
      ["updated", "test", "fixed", "status"],
    ],
  );
  assert.deepEqual([found.assignee, found.body], ["ann", "It drops the last line."]);
  await call("tickets.update", { ticket_id: "tkt_1", status: "pending", assignee: "", body: "" });
  const again = await call("tickets.get", { ticket_id: "tkt_1" });
  assert.deepEqual([again.status, again.assignee, again.body, again.closed_at], ["pending", undefined, undefined, undefined]);
  assert.equal((await call("tickets.create", { title: "Next" }, open())).ticket_id, "tkt_2");
});

test("tickets of a past moment stand as they stood then", async () => {
  const { time, log, call } = setUp();
  await call("tickets.create", { title: "One" });
  const seq = log.head();
  time.now += 60_000;
  await call("tickets.create", { title: "Two" });
  await call("tickets.close", { ticket_id: "tkt_1" });
  const at = async (moment: number | string) =>
    (await call("tickets.list", { status: "all", at: moment })).items.map(({ ticket_id, status }) => `${ticket_id} ${status}`);
  assert.deepEqual(await at(seq), ["tkt_1 pending"]);
  assert.deepEqual(await at(toTimestamp(NOON + 30_000)), ["tkt_1 pending"]);
  assert.deepEqual(await at(log.head()), ["tkt_1 completed", "tkt_2 pending"]);
  await assert.rejects(call("tickets.get", { ticket_id: "tkt_2", at: seq }), refused("NOT_FOUND", /ticket tkt_2/));
});

test("a ticket waits for others, never for itself", async () => {
  const { call } = setUp();
  await call("tickets.create", { title: "Write" });
  const waiting = await call("tickets.create", { title: "Test", blocked_by: ["tkt_1"] });
  assert.deepEqual([waiting.is_blocked, waiting.open_blockers], [true, ["tkt_1"]]);
  await call("tickets.create", { title: "Ship", blocked_by: ["tkt_2"] });
  await assert.rejects(call("tickets.update", { ticket_id: "tkt_1", blocked_by: ["tkt_3"] }), refused("BAD_INPUT", /wait for each other/));
  await assert.rejects(call("tickets.update", { ticket_id: "tkt_1", blocked_by: ["tkt_1"] }), refused("BAD_INPUT", /itself/));
  await assert.rejects(call("tickets.create", { title: "x", blocked_by: ["tkt_9"] }), refused("NOT_FOUND", /ticket tkt_9/));
  assert.deepEqual((await call("tickets.get", { ticket_id: "tkt_2" })).blocks, ["tkt_3"]);
  await call("tickets.close", { ticket_id: "tkt_1" });
  const [free] = (await call("tickets.list")).items.filter(({ ticket_id }) => ticket_id === "tkt_2");
  assert.deepEqual([free!.is_blocked, free!.blocked_by, free!.open_blockers], [false, ["tkt_1"], []]);
});

test("a ticket costs what its sessions and agents cost, each once; what was shared is said", async () => {
  const { call, spend } = setUp();
  await spend("ses_a", 1_000);
  await spend("ses_a", 500, "agt_helper");
  await spend("ses_b", 2_000);
  await spend("ses_b", 100, "agt_helper");
  const usd = async (id: string) => (await call("tickets.get", { ticket_id: id })).cost.usd_micros;
  await call("tickets.create", { title: "One", links: [{ session_id: "ses_a" }, { session_id: "ses_a", agent_id: "agt_helper" }] });
  assert.equal(await usd("tkt_1"), 30_000);
  await call("tickets.link", { ticket_id: "tkt_1", session_id: "ses_b", agent_id: "agt_helper" });
  assert.equal(await usd("tkt_1"), 32_000);
  const two = await call("tickets.create", { title: "Two", links: [{ session_id: "ses_b" }] });
  assert.deepEqual([two.cost.usd_micros, two.shared_links], [42_000, 1]);
  const one = await call("tickets.unlink", { ticket_id: "tkt_1", session_id: "ses_b", agent_id: "agt_helper" });
  assert.deepEqual([one.cost.usd_micros, one.shared_links], [30_000, 0]);
  await assert.rejects(call("tickets.unlink", { ticket_id: "tkt_1", session_id: "ses_b" }), refused("NOT_FOUND", /link of tkt_1/));
  await assert.rejects(call("tickets.link", { ticket_id: "tkt_1", session_id: "ses_none" }), refused("NOT_FOUND", /session ses_none/));
  await assert.rejects(
    call("tickets.link", { ticket_id: "tkt_1", session_id: "ses_a", agent_id: "agt_none" }),
    refused("NOT_FOUND", /agent of ses_a agt_none/),
  );
});

test("what was spent while a ticket was in progress is told apart", async () => {
  const { time, call, spend } = setUp();
  await spend("ses_a", 1_000);
  await call("tickets.create", { title: "One", links: [{ session_id: "ses_a" }] });
  time.now += 60_000;
  await call("tickets.update", { ticket_id: "tkt_1", status: "in_progress" });
  time.now += 60_000;
  await spend("ses_a", 300);
  time.now += 60_000;
  await call("tickets.update", { ticket_id: "tkt_1", status: "blocked" });
  time.now += 60_000;
  await spend("ses_a", 5_000);
  const { cost, active_cost, sessions } = await call("tickets.get", { ticket_id: "tkt_1" });
  assert.deepEqual([cost.usd_micros, active_cost.usd_micros, active_cost.requests, sessions.length], [126_000, 6_000, 1, 1]);
});

test("a ticket's files are those that it names and those that its sessions changed", async () => {
  const { time, call, edit, spend } = setUp();
  await spend("ses_a", 1);
  await edit("ses_a", "/shop/src/cart.ts", "ok");
  time.now += 1_000;
  await edit("ses_a", "/shop/src/cart.ts", "ok");
  await edit("ses_a", "/shop/src/refused.ts", "denied");
  await edit("ses_a", "/shop/src/other.ts", "ok", "agt_helper");
  await call("tickets.create", {
    title: "One",
    files: ["src/cart.ts", "README.md"],
    links: [{ session_id: "ses_a", agent_id: "agt_main" }],
  });
  const { touched } = await call("tickets.get", { ticket_id: "tkt_1" });
  assert.deepEqual(
    touched.map(({ path, is_named, edits, last_at }) => [path, is_named, edits, last_at]),
    [
      ["src/cart.ts", true, 2, toTimestamp(NOON + 1_000)],
      ["README.md", true, 0, undefined],
    ],
  );
});

test("a todo can stand for a ticket", async () => {
  const { call, listed } = setUp();
  await listed("ses_a", [{ title: "Write parser", status: "in_progress" }]);
  const [todo] = (await call("todos.list")).items;
  const ticket = await call("tickets.create", { title: "Parser", links: [{ session_id: "ses_a", todo_id: todo!.todo_id }] });
  assert.deepEqual([ticket.links[0]!["todo_title"], ticket.links[0]!["todo_status"]], ["Write parser", "in_progress"]);
  await assert.rejects(
    call("tickets.link", { ticket_id: "tkt_1", session_id: "ses_a", todo_id: "none" }),
    refused("NOT_FOUND", /todo of ses_a none/),
  );
});

test("tickets are found by status, words, tag, person, project and session, the most urgent first", async () => {
  const { time, call, spend } = setUp();
  await spend("ses_a", 1);
  const make = async (input: object) => {
    time.now += 1_000;
    return (await call("tickets.create", input)).ticket_id;
  };
  await make({ title: "Parser drops lines", body: "the LAST one", tags: ["bug"], assignee: "ann", project: "shop" });
  await make({ title: "Ship it", priority: "urgent", links: [{ session_id: "ses_a" }] });
  await make({ title: "Tidy", priority: "low" });
  await make({ title: "Old", status: "completed" });
  const found = async (input: object) => (await call("tickets.list", input)).items.map(({ ticket_id }) => ticket_id.slice(4)).join(" ");
  assert.equal(await found({}), "2 1 3");
  assert.equal(await found({ status: "closed" }), "4");
  assert.equal(await found({ status: "all", limit: 2 }), "2 4");
  assert.equal(await found({ text: "last parser" }), "1");
  assert.equal(await found({ tag: "bug" }), "1");
  assert.equal(await found({ assignee: "ann", project: "shop" }), "1");
  assert.equal(await found({ session_id: "ses_a" }), "2");
  const { next_cursor } = await call("tickets.list", { limit: 2 });
  assert.equal(await found({ limit: 2, cursor: next_cursor }), "3");
});

test("what is done here stands, also over a change by a program whose clock is ahead", async () => {
  const { log, call } = setUp();
  await call("tickets.create", { title: "One" });
  const data = { ticket_id: "tkt_1" as TicketId, status: "blocked" as const };
  await log.append([{ id: "p1", type: "ticket.updated", timestamp: toTimestamp(NOON + 3_600_000), source: "ci", data }]);
  assert.equal((await call("tickets.get", { ticket_id: "tkt_1" })).status, "blocked");
  assert.equal((await call("tickets.update", { ticket_id: "tkt_1", status: "in_progress" })).status, "in_progress");
  const both = [call("tickets.update", { ticket_id: "tkt_1", title: "A" }), call("tickets.update", { ticket_id: "tkt_1", title: "B" })];
  await Promise.all(both);
  assert.equal((await call("tickets.get", { ticket_id: "tkt_1" })).title, "B");
});

test("tickets that a program appends are tickets, and numbers go on after theirs", async () => {
  const { log, call } = setUp();
  const ticket_id = "tkt_41" as TicketId;
  await log.append([
    { id: "p1", type: "ticket.created", timestamp: toTimestamp(NOON), source: "ci", data: { ticket_id, title: "From CI" } },
  ]);
  assert.equal((await call("tickets.get", { ticket_id })).title, "From CI");
  assert.equal((await call("tickets.create", { title: "Mine" })).ticket_id, "tkt_42");
});
