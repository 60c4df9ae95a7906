import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { OrreryError } from "../contract/errors.ts";
import type { AskId } from "../contract/ids.ts";
import type { Caller, InputFor } from "../contract/operations/index.ts";
import { askPeople } from "../dialects/hook-api/ask.ts";
import { createGuard } from "../ingest/index.ts";
import { openSqliteLog } from "../log/index.ts";
import { createFakeClock, type FakeClock } from "../testing/gateway-fake-clock.ts";
import { createAskBook } from "./ask-book.ts";
import { createAskHandlers } from "./asks.ts";
import { createHistory } from "./history.ts";
import { createProjector } from "./projector.ts";

const person: Caller = { door: "http", actor: "ana" };
const terminal: Caller = { door: "cli", actor: "ben" };
const MINUTE = 60_000;

function homeOf(t: TestContext): string {
  const home = mkdtempSync(join(tmpdir(), "orrery-asks-"));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

/** A daemon's asks over a real log; `end` leaves the files as they are. */
function open(home: string, clock: FakeClock, guard?: ReturnType<typeof createGuard>) {
  const log = openSqliteLog({ home, clock, ...(guard === undefined ? {} : { guard }) });
  const history = createHistory(log);
  const projector = createProjector({ log, history, clock });
  log.onCommit(projector.apply);
  const book = createAskBook({ log, clock, onError: assert.ifError });
  log.onCommit(book.apply);
  const asks = createAskHandlers({ log, clock, projector, history, book });
  book.start();
  return {
    log,
    asks,
    create: async (input: Partial<InputFor<"asks.create">> & { prompt: string }, caller = person) =>
      asks["asks.create"]({ kind: "permission", on_timeout: "deny", wait_ms: 0, ...input }, caller),
    get: async (ask_id: string) => asks["asks.get"]({ ask_id }, person),
    wait: async (ask_id: string, wait_ms = 60 * MINUTE, caller = person) => asks["asks.wait"]({ ask_id, wait_ms }, caller),
    answer: async (ask_id: string, answer: InputFor<"asks.answer">["answer"], caller = person) =>
      asks["asks.answer"]({ ask_id, answer }, caller),
    types: () => log.read({ types: ["ask.*"], limit: 100 }).map(({ type }) => type),
    async end() {
      book.stop();
      await log.close();
    },
  };
}

/** Lets what is being stored be stored. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const isError =
  (code: string, details: object = {}) =>
  (error: unknown) => {
    assert.ok(error instanceof OrreryError, String(error));
    assert.equal(error.code, code);
    for (const [name, value] of Object.entries(details)) assert.equal(error.params[name], value);
    return true;
  };

test("a program in no session asks, somebody answers, and whoever waits is told what, by whom and at which door", async (t) => {
  const clock = createFakeClock();
  const { create, wait, answer, asks, end } = open(homeOf(t), clock);
  t.after(end);
  const asked = await create({ prompt: "npm publish", tool: "Bash", input: { command: "npm publish" } });
  assert.equal(asked.state, "open");
  assert.equal(asked.is_held, true);
  assert.equal(asked.session_id, undefined);
  const listed = await asks["asks.list"]({ state: "open", limit: 50 }, person);
  assert.deepEqual(
    [listed.open, listed.items.map(({ ask_id, asked_by, asked_at_door }) => [ask_id, asked_by, asked_at_door])],
    [1, [[asked.ask_id, "ana", "http"]]],
  );
  assert.equal(asked.subject, undefined, "the prompt says it");
  const other = await create({ prompt: "Clean up", tool: "Bash", input: { command: "rm -r\n  build" } });
  assert.equal(other.subject, "rm -r build");
  assert.equal((await create({ prompt: "Look", tool: "mcp__db__query", input: { sql: "select 1" } })).subject, '{"sql":"select 1"}');

  const waiting = wait(asked.ask_id);
  clock.advance(3_000);
  await answer(asked.ask_id, { decision: "allow", input: { command: "npm publish --dry-run" } }, terminal);
  const told = await waiting;
  assert.deepEqual(
    [told.state, told.outcome, told.by, told.door, told.wait_ms, told.answer],
    ["closed", "edited", "ben", "cli", 3_000, { decision: "allow", input: { command: "npm publish --dry-run" } }],
  );
  const after = await asks["asks.list"]({ state: "closed", limit: 50 }, person);
  assert.deepEqual(
    after.items.map(({ outcome }) => outcome),
    ["edited"],
  );
});

test("of two answers over different doors the first stands, and the other learns whose it was", async (t) => {
  const { create, answer, types, get, end } = open(homeOf(t), createFakeClock());
  t.after(end);
  const { ask_id } = await create({ prompt: "rm -rf build" });
  const [first, second] = await Promise.allSettled([
    answer(ask_id, { decision: "deny", message: "not today" }, person),
    answer(ask_id, { decision: "allow" }, terminal),
  ]);
  assert.equal(first.status, "fulfilled");
  assert.equal(second.status, "rejected");
  isError("ASK_ALREADY_ANSWERED", { by: "ana", door: "http", outcome: "denied" })((second as PromiseRejectedResult).reason);
  await assert.rejects(answer(ask_id, { decision: "allow" }, terminal), isError("ASK_ALREADY_ANSWERED", { by: "ana" }));
  const now = await get(ask_id);
  assert.deepEqual([now.outcome, now.answer], ["denied", { decision: "deny", message: "not today" }]);
  assert.deepEqual(types(), ["ask.opened", "ask.answered"]);
});

test("an ask outlives the daemon: the waiter is sent away, comes back to the next one and gets the answer", async (t) => {
  const home = homeOf(t);
  const clock = createFakeClock();
  const first = open(home, clock);
  const { ask_id } = await first.create({ ask_id: "ask_mine" as never, prompt: "deploy?", kind: "gate" });
  const waiting = assert.rejects(first.wait(ask_id), isError("STOPPING"));
  await first.end();
  await waiting;

  const second = open(home, clock);
  assert.equal((await second.get(ask_id)).state, "open");
  const again = await second.create({ ask_id: "ask_mine" as never, prompt: "deploy?", kind: "gate" });
  assert.equal(again.opened_at, (await second.get(ask_id)).opened_at, "the same id is the same ask");
  const waits = second.wait(ask_id);
  await second.answer(ask_id, { approved: true, message: "go" }, terminal);
  assert.deepEqual((await waits).answer, { approved: true, message: "go" });
  await second.end();

  const third = open(home, clock);
  t.after(third.end);
  const told = await third.wait(ask_id);
  assert.deepEqual([told.outcome, told.by, told.answer], ["allowed", "ben", { approved: true, message: "go" }]);
  await assert.rejects(third.answer(ask_id, { approved: false }), isError("ASK_ALREADY_ANSWERED", { by: "ben", door: "cli" }));
  assert.deepEqual(third.types(), ["ask.opened", "ask.answered"]);
});

test("at the deadline it is denied unless somebody said otherwise; nothing is allowed in silence", async (t) => {
  const clock = createFakeClock();
  const { create, wait, get, answer, end } = open(homeOf(t), clock);
  t.after(end);
  const by = { deadline_ms: MINUTE };
  const denied = await create({ prompt: "one", ...by });
  const allowed = await create({ prompt: "two", ...by, on_timeout: "allow" });
  const kept = await create({ prompt: "three", ...by, on_timeout: "wait" });
  const escalated = await create({ prompt: "four", ...by, on_timeout: "escalate" });
  const endless = await create({ prompt: "five" });
  assert.equal(endless.deadline, undefined);
  const waiting = wait(denied.ask_id);
  clock.advance(MINUTE - 1);
  await settled();
  for (const ask of [denied, allowed, kept, escalated, endless]) assert.equal((await get(ask.ask_id)).state, "open");
  clock.advance(1);
  const told = await waiting;
  await settled();
  assert.deepEqual([told.outcome, told.answer], ["expired", undefined]);
  const gone = await get(allowed.ask_id);
  assert.deepEqual([gone.outcome, gone.by, gone.door], ["allowed", "on_timeout", "deadline"]);
  assert.deepEqual([(await get(kept.ask_id)).state, (await get(endless.ask_id)).state], ["open", "open"]);
  const still = await get(escalated.ask_id);
  assert.deepEqual([still.state, still.escalated_at], ["open", escalated.deadline]);
  await assert.rejects(answer(denied.ask_id, { decision: "allow" }), isError("ASK_ALREADY_ANSWERED", { outcome: "expired" }));
  assert.equal((await answer(escalated.ask_id, { decision: "allow" })).outcome, "allowed");
  await assert.rejects(create({ prompt: "?", kind: "question", on_timeout: "allow", ...by }), isError("BAD_INPUT"));
  for (const on_timeout of ["allow", "escalate"] as const) await assert.rejects(create({ prompt: "?", on_timeout }), isError("BAD_INPUT"));
});

test("a Hook API client is kept waiting for as long as it asked, however long one wait may be", async (t) => {
  const clock = createFakeClock();
  const { asks, answer, end } = open(homeOf(t), clock);
  t.after(end);
  const ask = (timeout: number, id: string) => askPeople({ handlers: asks, clock }, { prompt: "Deploy?", timeout, id }, person);
  const isOpen = async () => (await asks["asks.list"]({ limit: 10, state: "open" }, person)).items;
  const answered = ask(3_600, "one");
  const silence = ask(3_600, "two");
  await settled();
  for (let minute = 1; minute < 60; minute++) {
    clock.advance(MINUTE);
    await settled();
  }
  const [one] = (await isOpen()).filter(({ ask_id }) => ask_id.startsWith("ask_one"));
  await answer(one!.ask_id, { approved: true, message: "at last" });
  assert.deepEqual({ ...(await answered), ask_id: "" }, { approved: true, response: "at last", id: "one", ask_id: "" });
  clock.advance(MINUTE);
  assert.equal(((await silence) as { approved: boolean }).approved, false);
  await settled();
  assert.deepEqual(await isOpen(), []);
});

test("deadlines are known again after a restart, those that passed meanwhile too, and none is said twice", async (t) => {
  const home = homeOf(t);
  const clock = createFakeClock();
  const first = open(home, clock);
  const past = await first.create({ prompt: "passes while nobody is there", deadline_ms: MINUTE });
  const later = await first.create({ prompt: "passes after the restart", deadline_ms: 60 * 24 * 60 * MINUTE });
  const raised = await first.create({ prompt: "was escalated", deadline_ms: 1_000, on_timeout: "escalate" });
  clock.advance(1_000);
  await settled();
  await first.end();
  assert.equal(clock.waiting(), 0, "no timer is left");
  clock.advance(10 * MINUTE);
  const second = open(home, clock);
  t.after(second.end);
  clock.advance(0);
  await settled();
  assert.equal((await second.get(past.ask_id)).outcome, "expired");
  assert.equal((await second.get(later.ask_id)).state, "open");
  assert.equal((await second.get(raised.ask_id)).escalated_at, raised.deadline);
  for (let hour = 0; hour < 60 * 24; hour++) {
    clock.advance(60 * MINUTE);
    if (hour % 100 === 0) await settled();
  }
  await settled();
  assert.equal((await second.get(later.ask_id)).outcome, "expired");
  assert.equal(second.types().filter((type) => type === "ask.escalated").length, 1);
});

test("a wait ends with its time or its caller, and leaves the ask as it is", async (t) => {
  const clock = createFakeClock();
  const { create, wait, asks, end } = open(homeOf(t), clock);
  t.after(end);
  const { ask_id } = await create({ prompt: "wait" });
  const short = wait(ask_id, 5_000);
  const abort = new AbortController();
  const hangsUp = assert.rejects(wait(ask_id, 60_000, { ...person, signal: abort.signal }));
  abort.abort(new Error("gone"));
  await hangsUp;
  clock.advance(5_000);
  assert.equal((await short).state, "open");
  assert.equal(clock.waiting(), 0, "no timer is left");
  const withdrawn = await asks["asks.withdraw"]({ ask_id, reason: "changed my mind" }, terminal);
  assert.deepEqual([withdrawn.outcome, withdrawn.reason, withdrawn.by], ["cancelled", "changed my mind", "ben"]);
  await assert.rejects(wait("ask_none"), isError("NOT_FOUND"));
});

test("an answer must answer what was asked", async (t) => {
  const { create, answer, end } = open(homeOf(t), createFakeClock());
  t.after(end);
  const guessed = await create({ prompt: "rm", tool: "Bash", input: { command: "rm -r build" } });
  assert.deepEqual([guessed.risk, guessed.risk_because], ["high", "deletes or empties files"]);
  assert.equal((await create({ prompt: "rm", tool: "Bash", input: { command: "rm -r build" }, risk: "none" })).risk, "none");
  const permission = await create({ prompt: "rm" });
  await assert.rejects(answer(permission.ask_id, { value: "yes" }), isError("BAD_INPUT"));
  await assert.rejects(answer(permission.ask_id, { decision: "deny", input: {} }), isError("BAD_INPUT"));
  const choice = await create({ prompt: "which?", kind: "question", options: [{ id: "a" }, { id: "b" }] });
  await assert.rejects(answer(choice.ask_id, { value: "c" }), isError("BAD_INPUT"));
  assert.equal((await answer(choice.ask_id, { value: "b" })).outcome, "answered");
  await assert.rejects(answer(choice.ask_id, { decision: "allow" }), isError("BAD_INPUT"));
  await assert.rejects(answer(choice.ask_id, { decision: "deny", value: "a" }), isError("BAD_INPUT"));
  const declined = await create({ prompt: "which?", kind: "question", options: [{ id: "a" }] });
  assert.equal((await answer(declined.ask_id, { decision: "deny", message: "neither" })).outcome, "denied");
  const number = await create({ prompt: "how many?", kind: "question", schema: { type: "integer", minimum: 1 } });
  await assert.rejects(answer(number.ask_id, { value: 0 }), isError("BAD_INPUT"));
  assert.deepEqual((await answer(number.ask_id, { value: 3 })).answer, { value: 3 });
  const words = await create({ prompt: "how many?", kind: "question", schema: { type: "integer", minimum: 1 } });
  await assert.rejects(answer(words.ask_id, { value: "some" }), isError("BAD_INPUT"));
  assert.deepEqual((await answer(words.ask_id, { value: "3" })).answer, { value: 3 });
  const text = await create({ prompt: "which year?", kind: "question", schema: { type: "string" } });
  assert.deepEqual((await answer(text.ask_id, { value: "2026" })).answer, { value: "2026" }, "words that fit stay words");
  const single = await create({ prompt: "one thing", kind: "question", questions: [{ question: "A?", options: [{ label: "x" }] }] });
  assert.deepEqual((await answer(single.ask_id, { value: "x" })).answer, { value: { "A?": "x" } });
  const both = await create({ prompt: "two things", kind: "question", questions: [{ question: "A?" }, { question: "B?" }] });
  await assert.rejects(answer(both.ask_id, { value: { "A?": "x" } }), isError("BAD_INPUT"));
  assert.equal((await answer(both.ask_id, { value: { "A?": "x", "B?": "y" } })).state, "closed");
  await assert.rejects(create({ prompt: "?", kind: "question", schema: { type: "nonsense" } }), isError("BAD_INPUT"));
});

test("an id that was asked with comes back to its ask for the same words alone, also after a restart and where no words are kept", async (t) => {
  const secret = `sk-ant-api03-${"a".repeat(95)}`;
  for (const guard of [createGuard("full", ""), createGuard("preview", "salt"), createGuard("metadata", "salt")]) {
    const home = homeOf(t);
    const clock = createFakeClock();
    const asked = {
      ask_id: "ask_1" as AskId,
      prompt: `Deploy with ${secret}?`,
      tool: "Bash",
      input: { command: "deploy", keys: [secret] },
    };
    const first = open(home, clock, guard);
    await first.create(asked);
    await first.answer("ask_1", { decision: "allow" });
    const others = [{ prompt: "Delete it all?" }, { input: { command: "rm" } }, { tool: "Write" }, { kind: "gate" as const }];
    for (const other of others) await assert.rejects(first.create({ ...asked, ...other }), isError("BAD_INPUT"));
    assert.equal((await first.create(asked)).outcome, "allowed");
    await first.end();
    const second = open(home, clock, guard);
    assert.equal((await second.create(asked)).outcome, "allowed");
    await assert.rejects(second.create({ ...asked, kind: "gate" }), isError("BAD_INPUT"));
    await second.end();
  }
});

test("whoever waits gets the words of the answer, though the log keeps none", async (t) => {
  const clock = createFakeClock();
  const { create, wait, answer, get, log, end } = open(homeOf(t), clock, createGuard("metadata", "salt"));
  t.after(end);
  const long = "y".repeat(40_000);
  const { ask_id } = await create({ prompt: "a secret plan", kind: "question" });
  assert.equal((await get(ask_id)).prompt, "a secret plan");
  const waiting = wait(ask_id);
  await answer(ask_id, { value: long });
  assert.deepEqual((await waiting).answer, { value: long });
  const stored = JSON.stringify(log.read({ types: ["ask.*"], limit: 10 }));
  assert.ok(!stored.includes("secret plan") && !stored.includes("yyyy"));
});

test("an ask of a session is listed once with what its agent was seen to ask, and by either id", async (t) => {
  const clock = createFakeClock();
  const { create, asks, answer, log, end } = open(homeOf(t), clock);
  t.after(end);
  const tell = (id: string, type: string, data: object) =>
    log.append([
      {
        id,
        type,
        timestamp: new Date(clock.now()).toISOString(),
        source: "claude-code/hook",
        session_id: "ses_a",
        agent_id: "agt_main",
        data,
      } as never,
    ]);
  await tell("1", "turn.started", { turn_id: "trn_1", prompt: "publish it" });
  await tell("2", "tool.started", { call_id: "call_1", name: "Bash", title: "npm publish", input: { command: "npm publish" } });
  await tell("3", "ask.opened", { ask_id: "ask_seen", kind: "permission", tool: "Bash", input: { command: "npm publish" } });
  const seen = await asks["asks.list"]({ state: "open", limit: 50 }, person);
  assert.deepEqual(
    seen.items.map(({ is_held }) => is_held),
    [false],
  );
  await assert.rejects(answer("ask_seen", { decision: "allow" }), isError("ASK_NOT_HELD"));
  const { ask_id } = await create({ prompt: "npm publish", session_id: "ses_a", call_id: "call_1", tool: "Bash" });
  const { items, open: count } = await asks["asks.list"]({ state: "open", limit: 50 }, person);
  assert.equal(count, 1);
  assert.deepEqual(
    items.map(({ is_held, session, agent, told_as }) => [is_held, session, agent, told_as]),
    [[true, "publish it", "main", [ask_id, "ask_seen"].toSorted()]],
  );
  assert.equal((await answer("ask_seen", { decision: "allow" })).ask_id, ask_id);
  assert.equal((await asks["asks.list"]({ state: "open", limit: 50 }, person)).open, 0);
});
