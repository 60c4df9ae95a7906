import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { OrreryError, type ErrorCode } from "../contract/errors.ts";
import type { SessionId } from "../contract/ids.ts";
import { systemClock } from "../lib/clock.ts";
import { draft } from "../testing/log-draft.ts";
import type { EventLog } from "./log.ts";
import { openSqliteLog } from "./sqlite.ts";

/** A state that needs room on disk, though it is stored compressed. */
const incompressible = (): string => randomBytes(150_000).toString("base64");
const writer = fileURLToPath(new URL("../testing/log-writer.ts", import.meta.url));
const open = (home: string): EventLog => openSqliteLog({ home, clock: systemClock });
const drafts = (from: number, count: number, session = "a") =>
  Array.from({ length: count }, (_, index) => draft(from + index, { session, data: { index: from + index, words: "word ".repeat(60) } }));

test("[H1] a second process is refused with the first one's number, and let in as soon as that is dead", async (t) => {
  const home = folder(t);
  const first = spawn(process.execPath, [writer, home, "1", "1"], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => first.once("exit", resolve));
  await new Promise((resolve) => first.stdout.once("data", resolve));
  first.stdout.resume();
  for (let attempt = 0; attempt < 3; attempt++) {
    const error = refusal(home, "LOG_LOCKED");
    assert.equal(Number(error.params["pid"]), first.pid);
    assert.match(error.message, new RegExp(`process ${first.pid}\\b`));
  }
  first.kill("SIGKILL");
  await ended;
  const log = open(home);
  await log.append(drafts(0, 1));
  assert.throws(() => open(home), { code: "LOG_LOCKED" });
  await log.close();
  await open(home).close();
});

test("[H2] a full disk refuses new events, keeps the old ones readable, and takes new ones when there is room", async (t) => {
  await onDiskOf(t, "14m", async (disk) => {
    const home = join(disk, "home");
    const ballast = (round: number): string => join(disk, `ballast-${round}`);
    for (let round = 1; round <= 3; round++) writeFileSync(ballast(round), Buffer.alloc(1_500_000, 1));
    let log = open(home);
    let stored = 0;
    for (let round = 1; round <= 3; round++) {
      const refused = await fill();
      assert.equal(refused.code, "LOG_UNWRITABLE");
      assert.match(refused.message, /cannot be written: .*full.*Nothing of this request was stored/);
      log.notes.set("place", String(round));
      log.checkpoints.save({ sessionId: "ses_a" as SessionId, seq: stored, shownAtMs: stored, state: incompressible() });
      await assert.rejects(log.notes.flush(), { code: "LOG_UNWRITABLE" });
      await assert.rejects(log.append(drafts(stored, 200)), { code: "LOG_UNWRITABLE" });
      assertHolds(log, stored);
      assert.equal(log.notes.get("place"), String(round), "what waits is read");

      rmSync(ballast(round));
      assert.equal((await log.append(drafts(stored, 1)))[0]?.seq, ++stored);
      if (round === 2) {
        await log.close();
        log = open(home);
      }
      assertHolds(log, stored);
      assert.equal(log.notes.get("place"), String(round));
      assert.equal(log.checkpoints.latest("ses_a" as SessionId, { seq: stored })?.seq, stored - 1);
    }
    await log.close();

    async function fill(): Promise<OrreryError> {
      // With the log first, and then with a file, so that not one page is left.
      for (;;) {
        try {
          await log.append(drafts(stored, 50));
          stored += 50;
        } catch (error) {
          fillRest(join(disk, "rest"), 1);
          return error as OrreryError;
        }
      }
    }
  });
});

test("[H2] a log is opened on a full disk, or says that the disk is full", async (t) => {
  await onDiskOf(t, "4m", async (disk) => {
    const home = join(disk, "home");
    let log = open(home);
    await log.append(drafts(0, 500));
    await log.close();
    fillRest(join(disk, "ballast"), 1);
    try {
      log = open(home);
      assertHolds(log, 500);
      await log.close();
    } catch (error) {
      assert.ok(error instanceof OrreryError && (error.code === "LOG_UNWRITABLE" || error.code === "HOME_UNUSABLE"), String(error));
      t.diagnostic(error.message);
    }
    rmSync(join(disk, "ballast"));
    log = open(home);
    assertHolds(log, 500);
    await log.append(drafts(500, 10));
    await log.close();
  });
});

test("[H3] a home that cannot be written is refused with a sentence that says so", async (t) => {
  await onDiskOf(t, "4m", async (disk) => {
    const home = join(disk, "home");
    const log = open(home);
    await log.append(drafts(0, 10));
    await log.close();
    assert.equal(spawnSync("mount", ["-o", "remount,ro", disk]).status, 0);
    assert.match(refusal(home, "HOME_UNUSABLE").message, /read-only/);
    refusal(join(disk, "new-home"), "HOME_UNUSABLE");
    assert.equal(spawnSync("mount", ["-o", "remount,rw", disk]).status, 0);
    const again = open(home);
    assertHolds(again, 10);
    await again.close();
  });
  const file = join(folder(t), "file");
  writeFileSync(file, "");
  assert.match(refusal(file, "HOME_UNUSABLE").message, /EEXIST|ENOTDIR|not a directory/);
});

test("[H4] a file that is no database, cut short or altered is refused, and stays as it is byte for byte", async (t) => {
  const good = folder(t);
  const log = open(good);
  await log.append(drafts(0, 800));
  await log.close();
  const whole = readFileSync(join(good, "orrery.db"));
  const damage = (name: string, bytes: Uint8Array, wal?: Uint8Array): void => {
    const home = folder(t);
    writeFileSync(join(home, "orrery.db"), bytes);
    if (wal !== undefined) writeFileSync(join(home, "orrery.db-wal"), wal);
    const before = fingerprint(home);
    assert.match(refusal(home, "LOG_DAMAGED", name).message, /is damaged: .+Nothing was changed/);
    assert.equal(fingerprint(home), before, `${name}: changed`);
  };
  damage("a text", Buffer.from("not a database at all, but long enough to be looked at".repeat(50)));
  damage("one byte", Buffer.from("S"));
  damage("zeros", Buffer.alloc(8_192));
  for (const length of [15, 99, 100, 512, 4_096, Math.floor(whole.length / 2), whole.length - 4_096, whole.length - 1])
    damage(`cut to ${length}`, whole.subarray(0, length));
  damage("emptied beside its write-ahead log", Buffer.alloc(0), Buffer.alloc(4_152, 1));
  const foreign = join(folder(t), "foreign.db");
  const other = new DatabaseSync(foreign);
  other.exec("CREATE TABLE things (name TEXT)");
  damage("of another program", readFileSync(foreign));
  other.exec("PRAGMA user_version = 1");
  other.close();
  damage("of another program with versions", readFileSync(foreign));
});

test("[H4] whichever byte of the header is altered, the log is refused unharmed or opens with every event", async (t) => {
  const good = folder(t);
  const log = open(good);
  await log.append(drafts(0, 100));
  await log.close();
  const whole = readFileSync(join(good, "orrery.db"));
  let refused = 0;
  for (let at = 0; at < 112; at++) {
    const home = folder(t);
    const bytes = Buffer.from(whole);
    bytes[at]! ^= 0xff;
    writeFileSync(join(home, "orrery.db"), bytes);
    const before = fingerprint(home);
    let opened: EventLog | undefined;
    try {
      opened = open(home);
    } catch (error) {
      assert.ok(error instanceof OrreryError && ["LOG_DAMAGED", "LOG_TOO_NEW"].includes(error.code), `byte ${at}: ${String(error)}`);
      assert.equal(fingerprint(home), before, `byte ${at}: changed`);
      refused++;
    }
    if (opened === undefined) continue;
    assertHolds(opened, 100);
    await opened.close();
  }
  t.diagnostic(`${refused} of 112 refused`);
  assert.ok(refused >= 28, `only ${refused} refused`);
});

test("[H4] damage in the middle is named when it is met", async (t) => {
  const home = folder(t);
  let log = open(home);
  await log.append(drafts(0, 3_000));
  await log.close();
  const path = join(home, "orrery.db");
  const bytes = readFileSync(path);
  for (let page = 40; page < bytes.length / 4_096 - 60; page++) bytes.fill(0xff, page * 4_096, page * 4_096 + 64);
  writeFileSync(path, bytes);
  try {
    log = open(home);
  } catch (error) {
    assert.equal((error as OrreryError).code, "LOG_DAMAGED");
    return;
  }
  assert.throws(() => log.read({ limit: 5_000 }), { code: "LOG_DAMAGED" });
  await log.close();
});

test("[H5] a log of a newer version is refused and stays as it is, also with its write-ahead log", async (t) => {
  const good = folder(t);
  await open(good).close();
  const newer = new DatabaseSync(join(good, "orrery.db"));
  newer.exec("PRAGMA wal_autocheckpoint = 0; PRAGMA user_version = 99;");
  const home = folder(t);
  for (const name of ["orrery.db", "orrery.db-wal"]) copyFileSync(join(good, name), join(home, name));
  newer.close();
  assert.ok(statSync(join(home, "orrery.db-wal")).size > 0);
  for (const emptied of [false, true]) {
    if (emptied) {
      copyFileSync(join(good, "orrery.db"), join(home, "orrery.db"));
      truncateSync(join(home, "orrery.db-wal"));
    }
    const before = fingerprint(home);
    const error = refusal(home, "LOG_TOO_NEW");
    assert.match(error.message, /format 99/);
    assert.equal(fingerprint(home), before);
  }
});

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "orrery-trouble-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/**
 * A disk of its own. Mounting needs root or a namespace: a process that has neither runs the same file in a namespace where it may
 * mount; where the system allows that to nobody, the test says so and is skipped.
 */
async function onDiskOf(t: TestContext, size: string, run: (disk: string) => Promise<void>): Promise<void> {
  const disk = join(folder(t), "disk");
  mkdirSync(disk);
  if (spawnSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", disk]).status === 0) {
    try {
      await run(disk);
    } finally {
      spawnSync("umount", ["-l", disk]);
    }
    return;
  }
  const unshare = ["unshare", ["--map-root-user", "--mount"]] as const;
  if (spawnSync(unshare[0], [...unshare[1], "mount", "-t", "tmpfs", "tmpfs", disk]).status !== 0)
    return t.skip("nobody may mount a file system here");
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const escaped = t.name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const args = [...unshare[1], process.execPath, "--test", `--test-name-pattern=^${escaped}$`, fileURLToPath(import.meta.url)];
  const inside = spawnSync(unshare[0], args, { env, encoding: "utf8" });
  assert.equal(inside.status, 0, inside.stdout);
}

function fillRest(path: string, leaveBytes: number): void {
  const left = (): number => {
    const { stdout } = spawnSync("stat", ["-f", "-c", "%a %S", join(path, "..")], { encoding: "utf8" });
    const [blocks, size] = stdout.split(" ").map(Number);
    return blocks! * size!;
  };
  const bytes = left() - leaveBytes;
  if (bytes > 0) writeFileSync(path, Buffer.alloc(bytes, 1), { flag: "a" });
}

function refusal(home: string, code: ErrorCode, name = ""): OrreryError {
  try {
    open(home);
  } catch (error) {
    assert.ok(error instanceof OrreryError, `${name}: ${String(error)}`);
    assert.equal(error.code, code, `${name}: ${error.message}`);
    return error;
  }
  return assert.fail(`${name}: was opened`);
}

function assertHolds(log: EventLog, count: number): void {
  assert.equal(log.head(), count);
  const events = log.read({ limit: count + 10 });
  assert.deepEqual(
    events.map((event) => [event.seq, event.id, (event.data as unknown as { index: number }).index]),
    Array.from({ length: count }, (_, index) => [index + 1, `evt:${index}`, index]),
  );
}

/** Of the log's files; not of its lock, nor of what a reader leaves: shared memory, and an empty write-ahead log, which is none. */
function fingerprint(home: string): string {
  const hash = createHash("sha256");
  for (const name of readdirSync(home).toSorted()) {
    const bytes = readFileSync(join(home, name));
    if (/\.(lock|pid)$|-shm$/.test(name) || (name.endsWith("-wal") && bytes.length === 0)) continue;
    hash.update(name).update(bytes);
  }
  return hash.digest("hex");
}
