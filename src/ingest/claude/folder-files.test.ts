import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import type { StoredEvent } from "../../contract/events/index.ts";
import { systemClock } from "../../lib/clock.ts";
import { createMemoryLog } from "../../log/index.ts";
import { foldSession, type Session } from "../../projections/session.ts";
import { ofSession } from "../../projections/state.ts";
import { viewTodos } from "../../projections/todos.ts";
import { testSource } from "../../testing/source-suite.ts";
import { until } from "../../testing/until.ts";
import { createClaudeFolderFiles } from "./folder-files.ts";

const SESSION = "5171bcef-3d8f-4dbc-8af2-c28d4c19cff1";
const quiet = { debug: () => undefined, warn: () => undefined, error: () => undefined };

function setUp(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "orrery-tasks-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const log = createMemoryLog({ clock: systemClock });
  const abort = new AbortController();
  const open = () =>
    createClaudeFolderFiles({
      append: log.append,
      notes: log.notes,
      clock: systemClock,
      logger: quiet,
      folders: [folder, join(folder, "none")],
      pollMs: 10,
    });
  const source = open();
  const running = source.run(abort.signal);
  t.after(async () => (abort.abort(), await running));
  let second = 0;
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    // Two writes of one millisecond look alike.
    const at = Date.UTC(2026, 10, 20, 10) / 1_000 + ++second;
    utimesSync(join(folder, path), at, at);
  };
  const todos = () => {
    let session: Session | undefined;
    for (const event of log.read({ limit: 100 }) as StoredEvent[]) if (ofSession(event)) session = foldSession(session, event);
    return session === undefined
      ? []
      : viewTodos(session).map(({ todo_id, title, status, blocked_by }) => [todo_id, title, status, blocked_by]);
  };
  return { put, todos, log, source, open };
}

const task = (id: string, subject: string, status: string, more: object = {}) =>
  JSON.stringify({ id, subject, description: "", status, blocks: [], blockedBy: [], ...more });

interface Piece {
  readonly path: string;
  readonly second: number;
  readonly content: unknown;
}
const pieces: readonly Piece[] = [
  { path: `tasks/${SESSION}/1.json`, second: 1, content: JSON.parse(task("1", "Write the parser", "pending")) },
  { path: `tasks/${SESSION}/1.json`, second: 2, content: JSON.parse(task("1", "Write the parser", "completed")) },
  { path: `tasks/${SESSION}/2.json`, second: 2, content: JSON.parse(task("2", "Test the parser", "pending", { blockedBy: ["1"] })) },
  { path: "tasks/shop-team/1.json", second: 3, content: JSON.parse(task("1", "Paint", "pending")) },
  { path: "teams/shop-team/config.json", second: 3, content: { name: "shop-team", members: [{ name: "lead" }] } },
  { path: "teams/shop-team/inboxes/lead.json", second: 4, content: [{ from: "painter", text: "done" }] },
];

testSource("tasks and teams", {
  kind: "records",
  runs: 8,
  pieces: pieces.map((piece) => JSON.stringify(piece)),
  async open(log) {
    const folder = mkdtempSync(join(tmpdir(), "orrery-tasks-"));
    const abort = new AbortController();
    const source = createClaudeFolderFiles({
      append: log.append,
      notes: log.notes,
      clock: systemClock,
      logger: quiet,
      folders: [folder],
      pollMs: 1,
    });
    const running = source.run(abort.signal);
    let others = 0;
    return {
      async give(text) {
        const known = pieces.find((piece) => JSON.stringify(piece) === text);
        const { path, second } = known ?? { path: `tasks/${SESSION}/other-${++others}.json`, second: 9 };
        const file = join(folder, path);
        const before = source.status().records;
        mkdirSync(dirname(file), { recursive: true });
        // Written beside and moved, so that no half of it and no other time is ever seen.
        writeFileSync(`${file}.new`, known === undefined ? text : JSON.stringify(known.content));
        utimesSync(`${file}.new`, 1_795_170_000 + second, 1_795_170_000 + second);
        renameSync(`${file}.new`, file);
        if (text === "") return;
        while (source.status().records === before) await new Promise((resolve) => setTimeout(resolve, 1));
      },
      async close() {
        abort.abort();
        await running;
        rmSync(folder, { recursive: true });
      },
    };
  },
});

test("tasks of a session are its todos, followed as they change; the same file twice says nothing more", async (t) => {
  const { put, todos, log, open } = setUp(t);
  put(`tasks/${SESSION}/1.json`, task("1", "Write the parser", "in_progress"));
  put(`tasks/${SESSION}/2.json`, task("2", "Test the parser", "pending", { blockedBy: ["1"] }));
  put(`tasks/${SESSION}/.highwatermark`, "2");
  await until("both todos are known", () => todos().length === 2);
  assert.deepEqual(todos(), [
    ["1", "Write the parser", "in_progress", []],
    ["2", "Test the parser", "pending", ["1"]],
  ]);
  put(`tasks/${SESSION}/1.json`, task("1", "Write the parser", "completed"));
  await until("the first is completed", () => todos()[0]?.[2] === "completed");
  const head = log.head();
  const again = open();
  const abort = new AbortController();
  const running = again.run(abort.signal);
  await new Promise((resolve) => setTimeout(resolve, 60));
  abort.abort();
  await running;
  assert.equal(log.head(), head);
});

test("tasks of a team, teams and their inboxes are kept as they came; what is no JSON is told once", async (t) => {
  const { put, log, source } = setUp(t);
  put("tasks/shop-team/1.json", task("1", "Paint", "pending"));
  put("teams/shop-team/config.json", JSON.stringify({ name: "shop-team", members: [{ name: "lead" }] }));
  put("teams/shop-team/inboxes/lead.json", JSON.stringify([{ from: "painter", text: "done" }]));
  put(`tasks/${SESSION}/9.json`, "{ half");
  await until("four events are stored", () => log.head() === 4);
  const read = log.read({ limit: 10 }) as StoredEvent[];
  assert.deepEqual(
    read.map(({ type, session_id, data }) => [type, session_id, (data as { record_type?: string }).record_type]).toSorted(),
    [
      ["source.kept", undefined, "inbox"],
      ["source.kept", undefined, "team"],
      ["source.kept", undefined, "team task"],
      ["source.rejected", undefined, undefined],
    ].toSorted(),
  );
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(log.head(), 4);
  assert.deepEqual([source.status().state, source.status().kept, source.status().rejected], ["connected", 3, 1]);
});
