import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import fc from "fast-check";
import { schema } from "./schema.ts";
import { createSearch, parseQuery, snippetOf } from "./search.ts";

function database(): DatabaseSync {
  const db = new DatabaseSync(":memory:");
  db.exec(schema);
  db.exec(
    "INSERT INTO sessions (no, session_id) VALUES (1, 'ses_a'), (2, 'ses_b'); INSERT INTO names VALUES (1, 'shop'), (2, 'Bash'), (3, 'agt_main'), (4, 'agt_x'), (5, 'Explore');",
  );
  db.exec(
    "UPDATE sessions SET title = 'Fix the cart', project = NULL WHERE no = 2; UPDATE sessions SET title = 'Mend the parser', project = 1 WHERE no = 1",
  );
  db.exec("INSERT INTO agents VALUES (1, 'agt_main', 'main', NULL), (2, 'agt_main', 'main', NULL), (2, 'agt_x', NULL, 'Explore')");
  db.exec("INSERT INTO calls (session, call_id, agent, tool, outcome, at, row) VALUES (1, 'c1', 'agt_main', 2, 'error', 1000, '{}')");
  const put = db.prepare(
    "INSERT INTO docs (session, kind, id, agent, at, seq, title, body, tags) VALUES (?, ?, ?, 'agt_main', ?, ?, ?, ?, ?)",
  );
  put.run(1, "call", "c1", 1_000, 1, "Bash npm test", "12 passed, 1 failed in parser_spec", "s1 kcall a3 p1 t2 oerror");
  put.run(1, "message", "m1", 2_000, 2, "assistant", "The parser is fixed. Ça marche.", "s1 kmessage a3 p1");
  put.run(2, "message", "m2", 3_000, 3, "user", "Write a parser for the cart", "s2 kmessage a4");
  return db;
}

test("words, phrases, exclusion, beginnings, filters and time narrow what is found", () => {
  const search = createSearch(database());
  const ids = (q: string, more: object = {}) => search({ q, limit: 10, ...more }, 0).items.map(({ id }) => id);
  assert.deepEqual(ids("parser").toSorted(), ["m1", "m2"], "parser_spec is another word");
  assert.deepEqual(ids("pars*").toSorted(), ["c1", "m1", "m2"]);
  assert.deepEqual(ids("parser fixed"), ["m1"]);
  assert.deepEqual(ids('"parser for the"'), ["m2"]);
  assert.deepEqual(ids("parser -cart"), ["m1"]);
  assert.deepEqual(ids("ca"), ["m1"], "marks over letters do not matter");
  assert.deepEqual(ids("parser", { session_id: "ses_b" }), ["m2"]);
  assert.deepEqual(ids("parser", { session_id: "ses_none" }), []);
  assert.deepEqual(ids("pars*", { kinds: ["call"] }), ["c1"]);
  assert.deepEqual(ids("pars*", { project: "shop", kinds: ["message"] }), ["m1"]);
  assert.deepEqual(ids("npm", { tool: "Bash", outcome: "error" }), ["c1"]);
  assert.deepEqual(ids("npm", { outcome: "ok" }), []);
  assert.deepEqual(ids("pars*", { since: new Date(1_500).toISOString(), until: new Date(2_500).toISOString() }), ["m1"]);
  assert.deepEqual(ids("s1"), [], "what filters are made of is not words");
  assert.deepEqual(ids(""), []);
});

test("a session is named by its id or title, an agent by its id, name or type", () => {
  const search = createSearch(database());
  const ids = (more: object) => search({ q: "pars*", limit: 10, ...more }, 0).items.map(({ id }) => id);
  assert.deepEqual(ids({ session_id: "fix the CART" }), ["m2"]);
  assert.deepEqual(ids({ agent_id: "agt_x" }), ["m2"]);
  assert.deepEqual(ids({ agent_id: "explore" }), ["m2"]);
  assert.deepEqual(ids({ agent_id: "main" }).toSorted(), ["c1", "m1"]);
  assert.deepEqual(ids({ agent_id: "main", session_id: "ses_b" }), []);
  assert.deepEqual(ids({ agent_id: "Bash" }), [], "a tool is no agent");
});

test("a filter that names nothing known is answered with the nearest names, of its own kind only", () => {
  const search = createSearch(database());
  const meant = (more: object) => search({ q: "parser", limit: 10, ...more }, 0).did_you_mean;
  assert.deepEqual(meant({ session_id: "fix cart" }), [{ field: "session_id", name: "Fix the cart", value: "ses_b" }]);
  assert.deepEqual(meant({ agent_id: "explor" }), [{ field: "agent_id", name: "Explore", value: "Explore" }]);
  assert.deepEqual(meant({ project: "shp", tool: "Bsh" }), [
    { field: "project", name: "shop", value: "shop" },
    { field: "tool", name: "Bash", value: "Bash" },
  ]);
  assert.deepEqual(meant({ agent_id: "zzz" }), []);
  assert.equal(meant({ agent_id: "main" }), undefined, "it is known, and may still match nothing");
});

test("totals count every kind, whichever was asked for, within the other filters and the time", () => {
  const search = createSearch(database());
  const none = { message: 0, call: 0, error: 0, file: 0, session: 0 };
  assert.deepEqual(search({ q: "pars*", kinds: ["call"], limit: 1 }, 0).totals, { ...none, message: 2, call: 1 });
  assert.deepEqual(search({ q: "pars*", session_id: "ses_b", limit: 1 }, 0).totals, { ...none, message: 1 });
  assert.deepEqual(search({ q: "pars*", until: new Date(1_500).toISOString(), limit: 1 }, 0).totals, { ...none, call: 1 });
  assert.equal(search({ q: "pars*", limit: 1 }, 1).totals, undefined, "told once");
});

test("nothing that a person types is an error", () => {
  const search = createSearch(database());
  const odd = fc.constantFrom(
    '"',
    "'",
    "(",
    ")",
    "*",
    "-",
    "^",
    ":",
    "{",
    "}",
    "NEAR(",
    "AND",
    "OR",
    "NOT",
    "title :",
    "parser",
    "\u0000",
    "🙂",
    " ",
    "+",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(odd, fc.string()), { maxLength: 10 }), fc.string(), (parts, outcome) => {
      search({ q: parts.join(" "), outcome, limit: 5 }, 0);
      search({ q: parts.join(""), limit: 5 }, 0);
    }),
    { numRuns: 2_000 },
  );
  assert.equal(parseQuery(' " - ( '), undefined);
});

test("a snippet has the match in it, and its marks are where the words are", () => {
  const text = `${"before ".repeat(100)}the needle here${" after".repeat(100)}`;
  const { snippet, marks } = snippetOf(text, ["needle"]);
  assert.ok(snippet.length < 200 && snippet.startsWith("…") && snippet.endsWith("…"));
  assert.deepEqual(
    marks.map(([from, to]) => snippet.slice(from, to)),
    ["needle"],
  );
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string({ minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 }), (words, terms) => {
      const found = snippetOf(
        words,
        terms.map((term) => term.toLowerCase()),
      );
      let last = 0;
      for (const [from, to] of found.marks) {
        assert.ok(from >= last && to > from && to <= found.snippet.length);
        last = to;
      }
    }),
  );
});
