import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventDraft } from "../contract/events/index.ts";
import type { Caller } from "../contract/operations/index.ts";
import { systemClock } from "../lib/clock.ts";
import { createMemoryLog } from "../log/index.ts";
import { createAskBook } from "./ask-book.ts";
import { createAskHandlers } from "./asks.ts";
import { createHistory } from "./history.ts";
import { createProjector } from "./projector.ts";

const caller: Caller = { door: "internal", actor: "test" };
const START = Date.now() - 60_000;

async function setUp() {
  const log = createMemoryLog({ clock: systemClock });
  const history = createHistory(log);
  const projector = createProjector({ log, history, clock: systemClock });
  log.onCommit(projector.apply);
  let count = 0;
  const tell = (session: string, type: string, data: object) =>
    log.append([
      {
        id: `e${++count}`,
        type,
        timestamp: new Date(START + count * 1_000).toISOString(),
        source: "claude-code/hook",
        session_id: `ses_${session}`,
        agent_id: "agt_main",
        data,
      } as unknown as EventDraft,
    ]);
  const book = createAskBook({ log, clock: systemClock, onError: assert.ifError });
  const list = (input: object = {}) =>
    createAskHandlers({ log, clock: systemClock, projector, history, book })["asks.list"]({ state: "open", limit: 50, ...input }, caller);
  for (const session of ["a", "b"]) {
    await tell(session, "session.started", { app: "claude-code", project: "shop" });
    await tell(session, "turn.started", { turn_id: "trn_1", prompt: `work on ${session}` });
    await tell(session, "tool.started", { call_id: "call_1", name: "Bash", title: "npm publish", input: { command: "npm publish" } });
    await tell(session, "ask.opened", {
      ask_id: `ask_${session}`,
      kind: "permission",
      tool: "Bash",
      prompt: "npm publish",
      input: { command: "npm publish" },
    });
  }
  return { tell, list };
}

test("open asks of every session, newest first, joined to their call by what is asked", async () => {
  const { list } = await setUp();
  const { items, open } = await list();
  assert.equal(open, 2);
  assert.deepEqual(
    items.map(({ session_id, session, agent, kind, state, call_id, joined, tool, prompt }) => [
      session_id,
      session,
      agent,
      kind,
      state,
      call_id,
      joined,
      tool,
      prompt,
    ]),
    ["b", "a"].map((name) => [`ses_${name}`, `work on ${name}`, "main", "permission", "open", "call_1", "inferred", "Bash", "npm publish"]),
  );
});

test("an ask that is decided is no longer open, and is found with its outcome, of one session or of all", async () => {
  const { tell, list } = await setUp();
  await tell("a", "ask.answered", { ask_id: "ask_a", outcome: "denied", by: "user", door: "terminal" });
  assert.deepEqual(
    (await list()).items.map(({ session_id }) => session_id),
    ["ses_b"],
  );
  for (const input of [{ state: "closed" }, { state: "all", session_id: "ses_a" }]) {
    const { items, open } = await list(input);
    assert.deepEqual(
      items.map(({ session_id, outcome, by, wait_ms }) => [session_id, outcome, by, wait_ms]),
      [["ses_a", "denied", "user", 5_000]],
    );
    assert.equal(open, 1);
  }
  assert.deepEqual((await list({ state: "all" })).items.map(({ state }) => state).toSorted(), ["closed", "open"]);
  assert.deepEqual((await list({ kind: "question" })).items, []);
  await assert.rejects(async () => list({ session_id: "ses_none" }), /no session ses_none/);
});

test("the end of a session leaves no ask open", async () => {
  const { tell, list } = await setUp();
  await tell("a", "session.ended", {});
  await tell("b", "tool.ended", { call_id: "call_1", outcome: "ok" });
  const { items, open } = await list({ state: "all" });
  assert.equal(open, 0);
  assert.deepEqual(items.map(({ session_id, state, outcome }) => [session_id, state, outcome]).toSorted(), [
    ["ses_a", "closed", "unknown"],
    ["ses_b", "closed", "allowed"],
  ]);
});

test("pages go on where they stopped", async () => {
  const { list } = await setUp();
  const first = await list({ limit: 1 });
  const second = await list({ limit: 1, cursor: first.next_cursor });
  assert.deepEqual(
    [...first.items, ...second.items].map(({ session_id }) => session_id),
    ["ses_b", "ses_a"],
  );
  assert.equal(second.next_cursor, undefined);
});
