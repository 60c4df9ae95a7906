import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { EventDraft } from "../contract/events/index.ts";
import { createFakeClock } from "../testing/gateway-fake-clock.ts";
import { createJournalRoom } from "./journal-room.ts";
import { openSqliteLog } from "./sqlite.ts";

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), "orrery-room-"));
  t.after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

const draft = (n: number): EventDraft => ({
  id: `e${n}`,
  type: "x.test",
  timestamp: "2026-11-20T09:46:24.031Z",
  source: "test/api",
  data: { words: "w".repeat(500) },
});

test("few commits make the write-ahead log longer; a machine that stops between any two has them all", async (t) => {
  const home = folder(t);
  const log = openSqliteLog({ home, clock: createFakeClock() });
  const journal = join(home, "orrery.db-wal");
  let grew = 0;
  let size = 0;
  const commits = 300;
  for (let n = 1; n <= commits; n++) {
    await log.append([draft(n)]);
    const now = statSync(journal).size;
    if (now !== size) grew++;
    size = now;
    if (n % 60 !== 0) continue;
    // As the disk would be found after the power went: both files as they are now, nothing closed.
    const found = join(folder(t), "home");
    mkdirSync(found);
    for (const name of ["orrery.db", "orrery.db-wal"]) copyFileSync(join(home, name), join(found, name));
    const again = openSqliteLog({ home: found, clock: createFakeClock() });
    assert.equal(again.head(), n);
    assert.deepEqual(
      (await again.append([draft(n), draft(-n)])).map(({ seq, duplicate }) => [seq, duplicate]),
      [
        [n, true],
        [n + 1, false],
      ],
    );
    await again.close();
  }
  assert.ok(grew < 12, `the file grew ${grew} times in ${commits} commits`);
  await log.close();
});

test("what cannot be made longer stays as it is, and nothing fails", (t) => {
  const home = folder(t);
  const path = join(home, "db");
  createJournalRoom(path).keep();
  mkdirSync(`${path}-wal`);
  createJournalRoom(path).keep();
  rmSync(`${path}-wal`, { recursive: true });
  writeFileSync(`${path}-wal`, "words");
  const room = createJournalRoom(path);
  room.keep();
  room.keep();
  const made = readFileSync(`${path}-wal`);
  assert.deepEqual(
    [made.length, made.subarray(0, 5).toString(), made.subarray(5).every((byte) => byte === 0)],
    [5 + 256 * 1024, "words", true],
  );
});
