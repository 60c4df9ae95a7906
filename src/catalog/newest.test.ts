import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { createNewest } from "./newest.ts";
import { schema } from "./schema.ts";

const DOCS = 50_000;
const ANYWHEN = { since: 0, until: Number.MAX_SAFE_INTEGER };

/** Every document has `everywhere`, every 7,001st `rare`, the oldest thousand `old`, one in five of the older half `dense`. */
function filled(): DatabaseSync {
  const db = new DatabaseSync(":memory:");
  db.exec(schema);
  const add = db.prepare("INSERT INTO docs (no, session, kind, id, at, seq, title, body, tags) VALUES (?, 1, 'call', ?, ?, ?, '', ?, ?)");
  db.exec("BEGIN");
  for (let no = 1; no <= DOCS; no++) {
    const words = [
      "everywhere",
      ...(no % 7_001 === 0 ? ["rare"] : []),
      ...(no <= 1_000 ? ["old"] : []),
      ...(no < DOCS / 2 ? ["dense"] : []),
    ];
    add.run(no, String(no), no * 10, no, words.join(" "), `s${no % 97}`);
  }
  db.exec("COMMIT");
  return db;
}

test("the newest matches, as if the whole list were read from its end", () => {
  const db = filled();
  const newest = createNewest(db);
  const downwards = db.prepare(
    "SELECT words.rowid AS no FROM words JOIN docs ON docs.no = words.rowid WHERE words MATCH ? AND at >= ? AND at <= ? ORDER BY words.rowid DESC LIMIT ?",
  );
  const matches = ["everywhere", "rare", "old", "dense", "old AND rare", "everywhere AND tags : s13", "nothing", "everywhere NOT dense"];
  for (const match of matches)
    for (const limit of [1, 400, 5_000])
      for (const range of [ANYWHEN, { since: 100_000, until: 300_000 }])
        assert.deepEqual(
          newest(match, range, limit),
          downwards.all(match, range.since, range.until, limit).map(({ no }) => no),
          `${match}, ${limit}, since ${range.since}`,
        );
  db.close();
});
