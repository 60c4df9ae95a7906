import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { createCalls } from "./calls.ts";
import { schema } from "./schema.ts";

const CALLS = 12_000;

/** Calls that begin a second apart; every second one says `often`, every thousandth `seldom`, one in three went wrong. */
function database(): DatabaseSync {
  const db = new DatabaseSync(":memory:");
  db.exec(schema);
  db.exec("BEGIN; INSERT INTO meta VALUES ('cursor', '1'); INSERT INTO sessions (no, session_id) VALUES (1, 'ses_a')");
  const call = db.prepare("INSERT INTO calls (session, call_id, agent, outcome, at, duration, row) VALUES (1, ?, 'agt_main', ?, ?, ?, ?)");
  const doc = db.prepare(
    "INSERT INTO docs (session, kind, id, agent, at, seq, title, body, tags) VALUES (1, 'call', ?, 'agt_main', ?, 1, 'Bash', ?, 's1 kcall')",
  );
  for (let no = 0; no < CALLS; no++) {
    const row = { call_id: `c${no}`, state: "ended", started_at: new Date(no * 1_000).toISOString() };
    // What was told first is not what began first.
    const at = ((no * 7_919) % CALLS) * 1_000;
    call.run(
      `c${no}`,
      no % 3 === 0 ? "error" : "ok",
      at,
      (no * 31) % 997,
      JSON.stringify({ ...row, started_at: new Date(at).toISOString() }),
    );
    doc.run(`c${no}`, at, `${no % 2 === 0 ? "often" : "else"} ${no % 1_000 === 0 ? "seldom" : ""}`);
  }
  db.exec("COMMIT");
  return db;
}

const numbers = Array.from({ length: CALLS }, (_, no) => no);
const ids = (of: readonly number[]) => of.map((no) => `c${no}`).toSorted();

function all(calls: ReturnType<typeof createCalls>, filter: object, order: "newest" | "oldest" | "longest") {
  const found: string[] = [];
  const places: string[] = [];
  let unfinished = 0;
  for (let after: readonly (string | number)[] | undefined; ;) {
    const page = calls.list(filter, { order, limit: 90, after }) as ReturnType<typeof calls.list> & {
      next?: readonly (string | number)[];
      searched_to?: string;
    };
    assert.ok(page.items.length <= 90);
    found.push(...page.items.map(({ call_id }) => call_id));
    places.push(...page.items.map(({ started_at }) => started_at!));
    if (page.searched_to !== undefined) unfinished++;
    if (page.next === undefined) return { found, places, unfinished };
    after = page.next;
  }
}

for (const [name, options] of [
  ["all matches gathered", {}],
  ["more matches than are gathered", { gathered: 3, lookedAt: 700 }],
] as const)
  test(`words find every call that has them, page after page, in every order: ${name}`, () => {
    const calls = createCalls(database(), options);
    const often = numbers.filter((no) => no % 2 === 0);
    for (const order of ["newest", "oldest", "longest"] as const) {
      const { found, places } = all(calls, { text: "often" }, order);
      assert.deepEqual(found.toSorted(), ids(often), order);
      if (order === "oldest") assert.deepEqual(places, places.toSorted());
      if (order === "newest") assert.deepEqual(places, places.toSorted().toReversed());
    }
    const wrong = all(calls, { text: "often -seldom", outcome: "failed" }, "newest");
    assert.deepEqual(wrong.found.toSorted(), ids(often.filter((no) => no % 3 === 0 && no % 1_000 !== 0)));
    const seldom = all(calls, { text: "seldom" }, "newest");
    assert.deepEqual(seldom.found.toSorted(), ids(numbers.filter((no) => no % 1_000 === 0)));
    assert.equal(seldom.unfinished > 0, "lookedAt" in options, "a page says when it stopped before the end");
    assert.deepEqual(all(calls, { text: "never" }, "newest").found, []);
    assert.deepEqual(all(calls, { text: "kcall" }, "newest").found, [], "what filters are made of is not words");
  });

test("counts of words are of all matches, or say of how many", () => {
  const db = database();
  const whole = createCalls(db).aggregate({ text: "often" }, "outcome", 10);
  assert.equal(whole.total, CALLS / 2);
  assert.equal(whole.newest_matches, undefined);
  assert.deepEqual(
    whole.items.map(({ key, count }) => [key, count]),
    [
      ["ok", 4_000],
      ["error", 2_000],
    ],
  );
  const part = createCalls(db, { gathered: 500 }).aggregate({ text: "often" }, "outcome", 10);
  assert.equal(part.total, 500);
  assert.equal(part.newest_matches, 500);
});
