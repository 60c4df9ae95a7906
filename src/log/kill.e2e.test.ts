import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { SessionId } from "../contract/ids.ts";
import { isBodyRef, type Text } from "../contract/text.ts";
import { systemClock } from "../lib/clock.ts";
import { seeded, textOf, type Acknowledged } from "../testing/log-writer.ts";
import { openSqliteLog } from "./sqlite.ts";

const KILLS = 105;
const writer = fileURLToPath(new URL("../testing/log-writer.ts", import.meta.url));

/** Who is killed leaves nothing compiled behind for the next life: one that ends by itself does, and each life starts in half the time. */
function compiledIn(folder: string): NodeJS.ProcessEnv {
  const env = { ...process.env, NODE_COMPILE_CACHE: folder };
  execFileSync(
    process.execPath,
    ["--input-type=module", "--eval", `import ${JSON.stringify(new URL("./index.ts", import.meta.url).href)}`],
    { env },
  );
  return env;
}

/** Everything that any life of the writer was promised. */
interface Promised {
  readonly seqs: Map<string, number>;
  readonly notes: Map<string, number>;
  readonly checkpoints: Map<string, number>;
}

test(`[L1] [L2] [L3] [L6] [N2] killed ${KILLS} times at any instant, the log keeps what it acknowledged and nothing by halves`, async (t) => {
  const seed = Number(process.env["ORRERY_TEST_SEED"] ?? randomInt(2 ** 31));
  t.diagnostic(`seed ${seed}`);
  const random = seeded(seed);
  const home = mkdtempSync(join(tmpdir(), "orrery-kill-"));
  const env = compiledIn(join(home, "compiled"));
  const promised: Promised = { seqs: new Map(), notes: new Map(), checkpoints: new Map() };
  let checkedTo = 0;
  try {
    for (let life = 1; life <= KILLS; life++) {
      // Some die while they are still opening, most of them under load.
      const lines = await live(
        { home, seed, life, env },
        random() < 0.1 ? { beforeReadyMs: random() * 120 } : { afterReadyMs: random() * 60 },
      );
      for (const line of lines) note(line, promised);
      // Opening folds the write-ahead log into the file; looking on leaves it to the next life. Both must find the same.
      if (random() < 0.3) await checkByOpening(home, promised, checkedTo);
      checkedTo = checkFile(join(home, "orrery.db"), promised, checkedTo, "quick_check");
    }
    checkFile(join(home, "orrery.db"), promised, 0, "integrity_check");
    await checkByOpening(home, promised, 0);
    t.diagnostic(`${checkedTo} events stored, ${promised.seqs.size} acknowledged`);
    assert.ok(promised.seqs.size > KILLS * 10, "the writer hardly wrote");
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});

/** One life of the writer, and what it was heard to say. */
function live(
  { home, seed, life, env }: { readonly home: string; readonly seed: number; readonly life: number; readonly env: NodeJS.ProcessEnv },
  end: { readonly beforeReadyMs: number } | { readonly afterReadyMs: number },
): Promise<Acknowledged[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [writer, home, String(seed), String(life)], { env, stdio: ["ignore", "pipe", "pipe"] });
    const kill = (): void => void child.kill("SIGKILL");
    let heard = "";
    let complaints = "";
    let isDoomed = "beforeReadyMs" in end;
    if ("beforeReadyMs" in end) setTimeout(kill, end.beforeReadyMs);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      heard += text;
      if (isDoomed) return;
      isDoomed = true;
      if ("afterReadyMs" in end) setTimeout(kill, end.afterReadyMs);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => (complaints += text));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (signal !== "SIGKILL" || complaints !== "") return reject(new Error(`life ${life} ended by itself (${code}): ${complaints}`));
      const lines = heard.split("\n").slice(0, -1);
      resolve(lines.map((line) => JSON.parse(line) as Acknowledged));
    });
  });
}

function note(line: Acknowledged, promised: Promised): void {
  if (line.kind === "note") promised.notes.set(line.key, line.value);
  if (line.kind === "checkpoint") promised.checkpoints.set(line.session, line.seq);
  if (line.kind !== "events") return;
  for (const [id, seq] of line.outcomes) {
    assert.equal(promised.seqs.get(id) ?? seq, seq, `${id} was promised two places`);
    promised.seqs.set(id, seq);
  }
}

/** Through a plain connection of SQLite, without our code. Gives the head. */
function checkFile(path: string, promised: Promised, from: number, check: "quick_check" | "integrity_check"): number {
  // Read-only, so that closing leaves the write-ahead log to the next life as the last one left it.
  if (!existsSync(path)) return 0;
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    assert.deepEqual(Object.values(db.prepare(`PRAGMA ${check}`).get()!), ["ok"]);
    if (db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'events'").get() === undefined) return 0;
    const { count, head, ids } = db
      .prepare("SELECT count(*) AS count, coalesce(max(seq), 0) AS head, count(DISTINCT id) AS ids FROM events")
      .get() as Record<string, number>;
    assert.deepEqual([count, ids], [head, head], "seq has a gap or an id is there twice");
    const appends = new Map<string, { size: number; seqs: number[] }>();
    const stored = new Map<string, number>();
    for (const { seq, id } of db.prepare("SELECT seq, id FROM events WHERE seq > ? ORDER BY seq").all(from) as {
      seq: number;
      id: string;
    }[]) {
      stored.set(id, seq);
      const [kind, life, who, turn, , size] = id.split(":");
      if (kind !== "own") continue;
      const key = `${life}:${who}:${turn}`;
      const append = appends.get(key) ?? { size: Number(size), seqs: [] };
      append.seqs.push(seq);
      appends.set(key, append);
    }
    for (const [key, { size, seqs }] of appends) assert.equal(seqs.length, size, `append ${key} was cut`);
    for (const [id, seq] of promised.seqs) if (seq > from) assert.equal(stored.get(id), seq, `${id} was acknowledged as ${seq}`);
    for (const [key, value] of promised.notes) {
      const row = db.prepare("SELECT value FROM notes WHERE key = ?").get(key) as { value: string } | undefined;
      assert.ok(Number(row?.value) >= value, `note ${key} is ${row?.value}, promised ${value}`);
    }
    return head!;
  } finally {
    db.close();
  }
}

/** As the next daemon would find it: the events with their texts, notes and checkpoints. */
async function checkByOpening(home: string, promised: Promised, from: number): Promise<void> {
  const log = openSqliteLog({ home, clock: systemClock });
  try {
    let position = from;
    for (;;) {
      const page = log.read({ after: position, limit: 1_000 });
      for (const event of page) {
        assert.equal(event.seq, ++position);
        const text = (event.data as unknown as { text: Text }).text;
        assert.ok((isBodyRef(text) ? log.body(text.body.sha256) : text) === textOf(event.id), `the text of ${event.id} is another`);
      }
      if (page.length < 1_000) break;
    }
    for (const [session, seq] of promised.checkpoints) {
      const point = log.checkpoints.latest(session as SessionId, { seq: log.head() });
      assert.ok(point !== undefined && point.seq >= seq && point.state === `{"at":${point.seq}}`);
    }
    for (const [key, value] of promised.notes) assert.ok(Number(log.notes.get(key)) >= value);
  } finally {
    await log.close();
  }
}
