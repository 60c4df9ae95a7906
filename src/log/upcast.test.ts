import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { AgentId } from "../contract/ids.ts";
import { systemClock } from "../lib/clock.ts";
import { draft } from "../testing/log-draft.ts";
import { idKey } from "./id-key.ts";
import { migrations } from "./migrations/index.ts";
import { openSqliteLog } from "./sqlite.ts";

function home(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "orrery-upcast-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Runs SQL on the closed log. */
function edit<R>(path: string, run: (db: DatabaseSync) => R): R {
  const db = new DatabaseSync(join(path, "orrery.db"));
  try {
    return run(db);
  } finally {
    db.close();
  }
}

test("[L9] an event of an older version is lifted step by step when it is read, and stays as it was stored", async (t) => {
  const path = home(t);
  const first = openSqliteLog({ home: path, clock: systemClock });
  await first.append([1, 2, 3].map((index) => draft(index, { type: "x.door.opened", data: { door: index } })));
  await first.close();
  edit(path, (db) => db.exec("UPDATE events SET version = seq"));
  const upcasters = {
    "x.door.opened@1": (data: unknown) => ({ doors: [(data as { door: number }).door] }),
    "x.door.opened@2": (data: unknown) => ({ ...(data as object), counted: true }),
    "x.other@1": () => assert.fail("another type"),
  };
  const log = openSqliteLog({ home: path, clock: systemClock, upcasters });
  const read = log.read({ limit: 10 }).map((event) => event.data);
  assert.deepEqual(read, [{ doors: [1], counted: true }, { door: 2, counted: true }, { door: 3 }]);
  assert.deepEqual(log.read({ limit: 1, types: ["x.door.*"], order: "newest" })[0]?.data, { door: 3 });
  await log.close();
  const stored = edit(path, (db) => db.prepare("SELECT data FROM events ORDER BY seq").all());
  assert.deepEqual(
    stored.map((row) => row["data"]),
    ['{"door":1}', '{"door":2}', '{"door":3}'],
  );
});

test("[M1] a log of the first version is brought to the newest once, with every event, and found by agent alone", async (t) => {
  const path = home(t);
  edit(path, (db) => {
    db.exec(`${migrations[0]} PRAGMA user_version = 1;`);
    for (const word of ["x.test.happened", "api", "agt_one", "ses_a"]) db.prepare("INSERT INTO words (word) VALUES (?)").run(word);
    for (let seq = 1; seq <= 50; seq++)
      db.prepare(
        "INSERT INTO events (seq, id, place, print, type, ts, source, session, agent, data) VALUES (?, ?, ?, ?, 1, ?, 2, ?, ?, '{}')",
      ).run(
        seq,
        `evt:${seq}`,
        idKey(`evt:${seq}`).place,
        idKey(`evt:${seq}`).print,
        seq,
        seq % 2 === 0 ? 4 : null,
        seq % 3 === 0 ? 3 : null,
      );
  });
  const versions = (): unknown => edit(path, (db) => db.prepare("PRAGMA user_version").get()!["user_version"]);
  const changes = (): unknown => edit(path, (db) => db.prepare("PRAGMA schema_version").get()!["schema_version"]);
  assert.equal(versions(), 1);
  const log = openSqliteLog({ home: path, clock: systemClock });
  assert.equal(log.head(), 50);
  const ofAgent = log.read({ agentId: "agt_one" as AgentId, limit: 100 }).map(({ seq }) => seq);
  assert.deepEqual(
    ofAgent,
    Array.from({ length: 16 }, (_, index) => (index + 1) * 3),
  );
  await log.close();
  assert.equal(versions(), migrations.length);
  const before = changes();
  await openSqliteLog({ home: path, clock: systemClock }).close();
  assert.deepEqual([versions(), changes()], [migrations.length, before]);
});
