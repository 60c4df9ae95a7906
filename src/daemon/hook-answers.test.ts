import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { Caller } from "../contract/operations/index.ts";
import { translateHook } from "../formats/claude/hook.ts";
import { openSqliteLog } from "../log/index.ts";
import { createFakeClock } from "../testing/gateway-fake-clock.ts";
import { createAskBook } from "./ask-book.ts";
import { createAskHandlers } from "./asks.ts";
import { createHistory } from "./history.ts";
import { createHookAnswers, type Judge } from "./hook-answers.ts";
import { createProjector } from "./projector.ts";

const agent: Caller = { door: "http", actor: "local" };
const person: Caller = { door: "http", actor: "ana" };
const place = { session_id: "s1", cwd: "/work", transcript_path: "/t.jsonl" };
const bash = { tool_name: "Bash", tool_input: { command: "npm publish" } };
const starts = { ...place, ...bash, hook_event_name: "PreToolUse", tool_use_id: "toolu_1" };
const asks = {
  ...place,
  ...bash,
  hook_event_name: "PermissionRequest",
  permission_suggestions: [{ type: "addRules", destination: "session" }],
};
const question = {
  ...place,
  hook_event_name: "PreToolUse",
  tool_use_id: "toolu_2",
  tool_name: "AskUserQuestion",
  tool_input: {
    questions: [
      { question: "Which?", header: "Pick", options: [{ label: "Red" }, { label: "Blue" }], multiSelect: true },
      { question: "When?", header: "Time", options: [] },
    ],
  },
};

interface Asking {
  readonly otherwise?: "ask" | "deny";
  readonly signal?: AbortSignal;
  readonly deadline_s?: number;
  readonly by?: "claude_code" | "codex";
}

function setUp(t: TestContext, judge: Judge = async () => undefined, home?: string, onError: (error: unknown) => void = assert.ifError) {
  const folder = home ?? mkdtempSync(join(tmpdir(), "orrery-hooks-"));
  if (home === undefined) t.after(() => rmSync(folder, { recursive: true, force: true }));
  const clock = createFakeClock();
  const log = openSqliteLog({ home: folder, clock });
  const history = createHistory(log);
  const projector = createProjector({ log, history, clock });
  log.onCommit(projector.apply);
  const book = createAskBook({ log, clock, onError: assert.ifError });
  log.onCommit(book.apply);
  const hooks = createHookAnswers({ book, judge, clock, session: projector.session, onError });
  log.onCommit(hooks.noted);
  hooks.start();
  book.start();
  const handlers = createAskHandlers({ log, clock, projector, history, book });
  let seen = 0;
  return {
    folder,
    clock,
    /** The observing hook, as it runs beside the waiting one. */
    observe: (body: object) => log.append(translateHook(body, new Date(clock.now() + seen++).toISOString()).events),
    ask: async (body: object, { otherwise = "ask", signal, deadline_s = 600, by = "claude_code" }: Asking = {}) =>
      hooks.handlers[`ingest.${by}_answer`]({ deadline_s, otherwise, ...body }, signal === undefined ? agent : { ...agent, signal }),
    list: async (state: "open" | "all" = "open") => (await handlers["asks.list"]({ state, limit: 50 }, person)).items,
    answer: async (answer: object) => {
      const { items } = await handlers["asks.list"]({ state: "open", limit: 50 }, person);
      const open = items.find(({ kind }) => "value" in answer === (kind === "question")) ?? items[0];
      return handlers["asks.answer"]({ ask_id: open!.ask_id, answer }, person);
    },
    create: (input: { prompt: string; session_id: string }) =>
      handlers["asks.create"]({ kind: "question", on_timeout: "wait", wait_ms: 0, ...input }, person),
    async end() {
      book.stop();
      await log.close();
    },
  };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test("a permission waits in the inbox once, and its answer goes back in the hook's own form", async (t) => {
  const { observe, ask, list, answer, end } = setUp(t);
  t.after(end);
  await observe(starts);
  assert.deepEqual(await ask(starts), {}, "a call that nobody has to decide about goes on at once");
  await observe(asks);
  const waiting = ask(asks);
  await settled();
  const open = await list();
  assert.deepEqual(
    open.map(({ is_held, tool, call_id, session_id, kind, on_timeout }) => [is_held, tool, call_id, session_id, kind, on_timeout]),
    [[true, "Bash", "call_toolu_1", "ses_s1", "permission", "pass"]],
  );
  assert.deepEqual([open[0]!.risk, open[0]!.risk_because], ["high", "publishes something"]);
  await answer({
    decision: "allow",
    input: { command: "npm publish --dry-run" },
    remember: [{ type: "addRules", destination: "session" }, { type: "unknown" }],
  });
  assert.deepEqual(await waiting, {
    hookSpecificOutput: {
      hookEventName: "PermissionRequest",
      decision: {
        behavior: "allow",
        updatedInput: { command: "npm publish --dry-run" },
        updatedPermissions: [{ type: "addRules", destination: "session" }],
      },
    },
  });
  assert.deepEqual(
    (await list("all")).map(({ outcome, by }) => [outcome, by]),
    [["edited", "ana"]],
  );
});

test("what a program asks in a session is not taken for what its agent asks", async (t) => {
  const { observe, ask, create, list, answer, end } = setUp(t);
  t.after(end);
  await observe(starts);
  const waiting = ask(asks);
  await settled();
  await create({ prompt: "Deploy?", session_id: "ses_s1" });
  assert.deepEqual((await list()).map(({ kind, prompt }) => [kind, prompt]).toSorted(), [
    ["permission", "npm publish"],
    ["question", "Deploy?"],
  ]);
  await answer({ value: "yes" });
  await answer({ decision: "allow" });
  assert.match(JSON.stringify(await waiting), /"allow"/);
});

test("a denial carries its guidance to the agent", async (t) => {
  const { ask, answer, end } = setUp(t);
  t.after(end);
  const waiting = ask(asks);
  await settled();
  await answer({ decision: "deny", message: "use the test registry" });
  assert.deepEqual(await waiting, {
    hookSpecificOutput: { hookEventName: "PermissionRequest", decision: { behavior: "deny", message: "use the test registry" } },
  });
});

test("questions are answered by the input that they are asked with", async (t) => {
  const { observe, ask, list, answer, end } = setUp(t);
  t.after(end);
  await observe(question);
  const waiting = ask(question);
  await settled();
  const [open] = await list();
  assert.deepEqual([open?.kind, open?.prompt, open?.call_id], ["question", "Which?", "call_toolu_2"]);
  await answer({ value: { "Which?": ["Red", "Blue"], "When?": "now" } });
  assert.deepEqual(await waiting, {
    hookSpecificOutput: {
      hookEventName: "PreToolUse",
      permissionDecision: "allow",
      updatedInput: { ...question.tool_input, answers: { "Which?": "Red, Blue", "When?": "now" } },
    },
  });
  assert.deepEqual(await ask({ ...question, hook_event_name: "PermissionRequest" }), {}, "and are not put a second time");
  const declined = ask({ ...question, tool_use_id: "toolu_3" });
  await settled();
  await answer({ decision: "deny", message: "decide that yourself" });
  assert.deepEqual(await declined, {
    hookSpecificOutput: { hookEventName: "PreToolUse", permissionDecision: "deny", permissionDecisionReason: "decide that yourself" },
  });
});

test("without an answer by the deadline the agent asks at its own prompt, or is denied where that was wanted", async (t) => {
  const { ask, clock, list, end } = setUp(t);
  t.after(end);
  const asked = ask(asks, { deadline_s: 30 });
  const strict = ask({ ...asks, session_id: "s2" }, { deadline_s: 30, otherwise: "deny" });
  await settled();
  assert.equal((await list()).length, 2);
  clock.advance(30_000);
  assert.deepEqual(await asked, {});
  const denied = (await strict) as { hookSpecificOutput: { decision: { behavior: string } } };
  assert.equal(denied.hookSpecificOutput.decision.behavior, "deny");
  assert.deepEqual((await list("all")).map(({ session_id, outcome }) => [session_id, outcome]).toSorted(), [
    ["ses_s1", "cancelled"],
    ["ses_s2", "expired"],
  ]);
});

test("where a rule wants somebody asked and nobody answers, the client is told to ask: what its settings allow is not enough", async (t) => {
  const { ask, clock, list, end } = setUp(t, async () => ({ behavior: "ask", because: "rule 1 of policy.json" }));
  t.after(end);
  const waiting = ask(starts, { deadline_s: 30 });
  await settled();
  clock.advance(30_000);
  const there = {
    hookEventName: "PreToolUse",
    permissionDecision: "ask",
    permissionDecisionReason: "Asked because of rule 1 of policy.json",
  };
  assert.deepEqual(await waiting, { hookSpecificOutput: there });
  assert.deepEqual(await ask(asks), {}, "and what it asks then is not put to people a second time");
  assert.equal((await list()).length, 0);
  const strict = ask({ ...starts, session_id: "s2" }, { deadline_s: 30, otherwise: "deny" });
  await settled();
  clock.advance(30_000);
  assert.match(JSON.stringify(await strict), /"permissionDecision":"deny"/);
});

test("Codex gets yes or no in its own form, and nothing that it would refuse", async (t) => {
  const { ask, answer, list, clock, end } = setUp(t);
  t.after(end);
  const codexAsks = { ...place, ...bash, hook_event_name: "PermissionRequest" };
  const allowed = ask(codexAsks, { by: "codex" });
  await settled();
  const [open] = await list();
  assert.equal(open?.takes_input, false);
  await assert.rejects(answer({ decision: "allow", input: { command: "ls" } }), /codex takes yes or no/);
  await answer({ decision: "allow", message: "go on", remember: [{ type: "addRules", destination: "session" }] });
  assert.deepEqual(await allowed, { hookSpecificOutput: { hookEventName: "PermissionRequest", decision: { behavior: "allow" } } });
  const late = ask(codexAsks, { by: "codex", deadline_s: 30 });
  await settled();
  clock.advance(30_000);
  assert.deepEqual(await late, {}, "Codex asks at its own prompt");
});

test("a call of Codex about which a rule wants somebody asked is not made when nobody answers: it would not ask", async (t) => {
  const { ask, answer, clock, end } = setUp(t, async () => ({ behavior: "ask", because: "rule 1" }));
  t.after(end);
  const allowed = ask(starts, { by: "codex" });
  await settled();
  await answer({ decision: "allow" });
  assert.deepEqual(await allowed, {});
  const late = ask(starts, { by: "codex", deadline_s: 30 });
  await settled();
  clock.advance(30_000);
  assert.deepEqual(await late, {
    hookSpecificOutput: {
      hookEventName: "PreToolUse",
      permissionDecision: "deny",
      permissionDecisionReason: "Nobody answered in Orrery. Asked because of rule 1",
    },
  });
});

test("rules that cannot be looked at are no leave", async (t) => {
  const seen: unknown[] = [];
  const { ask, end } = setUp(
    t,
    () => Promise.reject(new Error("disk full")),
    undefined,
    (error) => seen.push(error),
  );
  t.after(end);
  assert.match(JSON.stringify(await ask(starts)), /"permissionDecision":"ask"/);
  assert.match(JSON.stringify(await ask(starts, { otherwise: "deny" })), /"permissionDecision":"deny"/);
  assert.equal(seen.length, 2);
});

test("an agent that hangs up, goes on by its own prompt, or ends leaves nothing open", async (t) => {
  const { ask, observe, list, clock, end } = setUp(t);
  t.after(end);
  const abort = new AbortController();
  const gone = ask(asks, { signal: abort.signal });
  await settled();
  abort.abort();
  assert.deepEqual(await gone, {});
  await settled();
  assert.equal((await list()).length, 0);

  await observe(starts);
  const elsewhere = ask(asks);
  await settled();
  assert.equal((await list()).length, 1);
  clock.advance(1_000);
  await observe({ ...starts, hook_event_name: "PostToolUse", tool_response: {} });
  assert.deepEqual(await elsewhere, {});
  const [decided] = (await list("all")).filter(({ call_id }) => call_id === "call_toolu_1");
  assert.deepEqual([decided?.outcome, decided?.outcome_from], ["allowed", "inferred"], "its call was made: it was allowed there");
  const ended = ask({ ...asks, session_id: "s3" });
  await settled();
  clock.advance(1_000);
  await observe({ ...place, session_id: "s3", hook_event_name: "SessionEnd", reason: "logout" });
  assert.deepEqual(await ended, {});
  assert.equal((await list()).length, 0);
});

test("a restart while an agent waits is never an allowance: the hook gets no decision or a denial, and the ask is taken back", async (t) => {
  const first = setUp(t);
  const plain = first.ask(asks);
  const strict = first.ask({ ...asks, session_id: "s2" }, { otherwise: "deny" });
  await settled();
  await first.end();
  assert.deepEqual(await plain, {});
  assert.match(JSON.stringify(await strict), /"behavior":"deny"/);
  const second = setUp(t, undefined, first.folder);
  t.after(second.end);
  await settled();
  assert.equal((await second.list()).length, 0);
});

test("junk gets no decision", async (t) => {
  const { ask, end } = setUp(t);
  t.after(end);
  for (const body of [{}, { hook_event_name: 1 }, { hook_event_name: "PermissionRequest" }, { ...asks, hook_event_name: "Stop" }])
    assert.deepEqual(await ask(body), {});
});
