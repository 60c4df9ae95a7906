import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import type { EventDraft } from "../contract/events/index.ts";
import { systemClock } from "../lib/clock.ts";
import { createMemoryLog } from "../log/index.ts";
import { createCalls } from "./calls.ts";
import { createIndexer } from "./indexer.ts";
import { createRequests } from "./requests.ts";
import { schema } from "./schema.ts";

const REQUESTS = 300;
const at = (second: number): string => new Date(Date.UTC(2026, 10, 20, 10) + second * 1_000).toISOString();

/** Two sessions that take turns: every third request is of opus, every fifth untimed, every seventh a title, every fourth untold tokens. */
async function database(): Promise<DatabaseSync> {
  const db = new DatabaseSync(":memory:");
  db.exec(`${schema} INSERT INTO meta VALUES ('cursor', '0'), ('cursor_id', '')`);
  const log = createMemoryLog({ clock: systemClock });
  const events: object[] = [];
  for (let no = 0; no < REQUESTS; no++) {
    const session_id = `ses_${no % 2 === 0 ? "a" : "b"}`;
    const base = { source: "test", session_id, agent_id: no === 51 ? "agt_x" : "agt_main" };
    if (no < 2) events.push({ ...base, id: `s${no}`, type: "session.updated", timestamp: at(0), data: { title: `Session ${no}` } });
    if (no === 1)
      events.push({
        ...base,
        agent_id: "agt_x",
        id: "a",
        type: "agent.spawned",
        timestamp: at(0),
        data: { name: "Scout", agent_type: "reader" },
      });
    if (no % 100 < 2)
      events.push({
        ...base,
        id: `t${no}`,
        type: "turn.started",
        timestamp: at(no),
        data: { turn_id: `trn_${no}`, prompt: `Part ${no}` },
      });
    const data = {
      request_id: `req_${no}`,
      model: no % 3 === 0 ? "claude-opus-4-1" : "claude-sonnet-4-5",
      ...(no % 5 === 0 ? {} : { duration_ms: (no * 37) % 1_009 }),
      ...(no % 7 === 0 ? { purpose: "session title" } : {}),
      ...(no % 4 === 0 ? {} : { usage: { input: no, output: 1 } }),
    };
    events.push({ ...base, id: `r${no}`, type: "model.responded", timestamp: at(no), data });
    events.push({
      ...base,
      id: `c${no}`,
      type: "tool.started",
      timestamp: at(no),
      data: { call_id: `call_${no}`, name: "Bash", input: { command: `say ${no % 2 === 0 ? "even" : "odd"}` } },
    });
  }
  await log.append(events as unknown as EventDraft[]);
  const indexer = createIndexer(db, { head: log.head, read: (query) => log.read(query), body: () => undefined, close: () => undefined });
  while (indexer.step());
  return db;
}

const db = await database();
const requests = createRequests(db);
const numbers = Array.from({ length: REQUESTS }, (_, no) => no);

function all(filter: object, order: "newest" | "oldest" | "longest" | "largest" = "oldest"): number[] {
  const found: number[] = [];
  for (let after: readonly (string | number)[] | undefined; ;) {
    const page = requests.list(filter, { order, limit: 7, after });
    assert.ok(page.items.length <= 7);
    assert.equal(page.total === undefined, after !== undefined, "only the first page counts");
    found.push(...page.items.map(({ request_id }) => Number(request_id.slice(4))));
    if (page.next === undefined) return found;
    after = page.next;
  }
}

test("requests are paged in every order: by answer, by duration, by tokens, each once", () => {
  assert.deepEqual(all({}), numbers);
  assert.deepEqual(all({}, "newest"), numbers.toReversed());
  const longest = all({}, "longest").map((no) => (no * 37) % 1_009);
  assert.equal(longest.length, numbers.filter((no) => no % 5 !== 0).length, "what nobody timed has no place among them");
  assert.deepEqual(
    longest,
    longest.toSorted((a, b) => b - a),
  );
  assert.deepEqual(all({}, "largest"), numbers.filter((no) => no % 4 !== 0).toReversed());
});

test("requests are narrowed by session, turn, model, duration, time and words, and counted", () => {
  assert.deepEqual(
    all({ session_id: "ses_b" }),
    numbers.filter((no) => no % 2 === 1),
  );
  assert.deepEqual(
    all({ session_id: "ses_a", turn_id: "trn_100" }),
    numbers.filter((no) => no % 2 === 0 && no >= 100 && no < 200),
    "no source named the turn",
  );
  assert.deepEqual(all({ model: "claude-opus-4-1", since: at(30), until: at(60) }), [30, 33, 36, 39, 42, 45, 48, 51, 54, 57, 60]);
  assert.deepEqual(
    all({ min_ms: 900 }),
    numbers.filter((no) => no % 5 !== 0 && (no * 37) % 1_009 >= 900),
  );
  assert.deepEqual(
    all({ text: "Title OPUS" }),
    numbers.filter((no) => no % 21 === 0),
  );
  assert.deepEqual(all({ session_id: "session 1", agent_id: "scout" }), [51], "by title and name");
  assert.deepEqual(all({ agent_id: "READER" }), [51]);
  assert.deepEqual(all({ agent_id: "nobody" }), []);
  assert.deepEqual(all({ session_id: "nobody" }), []);
  assert.deepEqual(all({ model: "nobody" }), []);
  const { total, models } = requests.list({ model: "claude-opus-4-1" }, { order: "newest", limit: 1, after: undefined });
  assert.equal(total, 100);
  assert.deepEqual(models, [
    { model: "claude-sonnet-4-5", count: 200 },
    { model: "claude-opus-4-1", count: 100 },
  ]);
});

test("calls are grouped by the turn that they fell in, with what it was asked; words find calls of one session", () => {
  const calls = createCalls(db);
  const { items } = calls.aggregate({ session_id: "ses_a" }, "turn", 10);
  assert.deepEqual(
    items.map(({ key, name, count }) => [key, name, count]),
    [
      ["trn_0", "Part 0", 50],
      ["trn_100", "Part 100", 50],
      ["trn_200", "Part 200", 50],
    ],
  );
  assert.equal(calls.matching("ses_a", "even").length, 150);
  assert.deepEqual(calls.matching("ses_a", "odd"), []);
  assert.deepEqual(calls.matching("ses_a", '"'), []);
  assert.deepEqual(calls.matching("ses_nobody", "even"), []);
});
