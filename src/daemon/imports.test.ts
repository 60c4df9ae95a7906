import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { Import } from "../contract/operations/imports.ts";
import type { Caller } from "../contract/operations/index.ts";
import { systemClock } from "../lib/clock.ts";
import { createMemoryLog } from "../log/index.ts";
import { until } from "../testing/until.ts";
import { createImports } from "./imports.ts";

const caller: Caller = { door: "internal", actor: "test" };
const logger = { debug: () => undefined, warn: () => undefined, error: () => undefined };

function tempFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "orrery-imports-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Imports into a log of their own, and what each commit found said of them. `holdAfter`: commits beyond that many wait until the test ends. */
function setUp(t: TestContext, log = createMemoryLog({ clock: systemClock }), holdAfter = Infinity) {
  const seen: Import[] = [];
  let commits = 0;
  const imports = createImports({
    notes: log.notes,
    clock: systemClock,
    logger,
    append: async (drafts) => {
      if (++commits > holdAfter) await new Promise((_, reject) => t.after(() => reject(new Error("the test is over"))));
      const stored = await log.append(drafts);
      seen.push(await get());
      return stored;
    },
  });
  const get = async (import_id = "imp_1") => imports.handlers["imports.get"]({ import_id }, caller);
  const done = () => until("it is done", async () => (await get()).state !== "reading" && get());
  return { log, imports, seen, get, done };
}

const line = (session: string, index: number) =>
  `${JSON.stringify({
    type: "user",
    uuid: `${session}-${index}`,
    sessionId: session,
    timestamp: new Date(Date.UTC(2026, 10, 20) + index * 1_000).toISOString(),
    cwd: "/home/dev/shop",
    message: { role: "user", content: `${index} ${"x".repeat(300)}` },
  })}\n`;

function layTranscripts(folder: string, lines: number): string {
  const project = join(folder, "projects/-home-dev-shop");
  mkdirSync(project, { recursive: true });
  for (const session of ["aaaa", "bbbb", "cccc"])
    writeFileSync(join(project, `${session}.jsonl`), Array.from({ length: lines }, (_, index) => line(session, index)).join(""));
  return folder;
}

const isGrowing = (numbers: readonly number[]) => numbers.every((each, index) => index === 0 || each >= numbers[index - 1]!);

test("while transcripts are read, what was read of them grows, and in the end it is all", async (t) => {
  const { imports, seen, done } = setUp(t);
  await imports.handlers["imports.start"]({ path: layTranscripts(tempFolder(t), 1_200) }, caller);
  const last = await done();
  assert.deepEqual([last.state, last.files, last.files_read, last.bytes_read], ["done", 3, 3, last.bytes]);
  assert.ok(last.bytes > 3 * 1_200 * 300);
  const read = seen.map(({ bytes_read }) => bytes_read);
  assert.ok(isGrowing(read) && isGrowing(seen.map(({ files_read }) => files_read)), String(read));
  assert.ok(new Set(read.filter((each) => each > 0 && each < last.bytes)).size >= 3, String(read));
  assert.ok(seen.every(({ bytes }) => bytes === last.bytes));
  await imports.stop();
});

test("exported events too, the last line without an end", async (t) => {
  const path = join(tempFolder(t), "events.jsonl");
  const events = Array.from({ length: 3_000 }, (_, index) =>
    JSON.stringify({
      id: `e${index}`,
      type: "x.test.said",
      timestamp: "2026-11-20T00:00:00.000Z",
      source: "test",
      data: { words: "y".repeat(200) },
    }),
  );
  writeFileSync(path, events.join("\n"));
  const { imports, seen, done } = setUp(t);
  await imports.handlers["imports.start"]({ path }, caller);
  const last = await done();
  assert.deepEqual([last.state, last.files_read, last.bytes_read], ["done", 1, last.bytes]);
  const read = seen.map(({ bytes_read }) => bytes_read);
  assert.ok(isGrowing(read) && new Set(read).size >= 3, String(read));
  await imports.stop();
});

test("an import that the end of a daemon cut off goes on from its share, and lists itself", async (t) => {
  const folder = layTranscripts(tempFolder(t), 1_200);
  const first = setUp(t, undefined, 4);
  await first.imports.handlers["imports.start"]({ path: folder }, caller);
  await until("four commits", () => first.seen.length === 4);
  const before = await first.get();
  assert.ok(before.bytes_read < before.bytes);
  const second = setUp(t, first.log);
  await second.imports.resume();
  const last = await second.done();
  assert.deepEqual([last.state, last.files, last.files_read, last.bytes_read, last.bytes], ["done", 3, 3, before.bytes, before.bytes]);
  const read = second.seen.map(({ bytes_read }) => bytes_read);
  assert.ok(isGrowing(read) && read[0]! <= before.bytes, String(read));
  const list = async (state?: Import["state"]) =>
    (await second.imports.handlers["imports.list"]({ ...(state && { state }) }, caller)).items;
  assert.deepEqual([(await list()).length, (await list("done")).length, await list("reading")], [1, 1, []]);
  await second.imports.stop();
});
