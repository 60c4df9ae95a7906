import assert from "node:assert/strict";
import { appendFileSync, chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../lib/clock.ts";
import { createMemoryLog } from "../../log/index.ts";
import type { EventLog } from "../../log/log.ts";
import { testSource } from "../../testing/source-suite.ts";
import { createRollouts } from "../codex/rollouts.ts";
import { createChats } from "../gemini/chats.ts";
import { createKeiFile } from "../kei/events-file.ts";
import type { Intake } from "../source.ts";
import type { Follower } from "./follow.ts";
import { createMappedFile } from "./mapped-file.ts";
import { until } from "../../testing/until.ts";
import { withoutRoot } from "../../testing/without-root.ts";
import { appendTo, put, runSource, silent } from "../../testing/source-files.ts";

const fixtures = fileURLToPath(new URL("../../../test/fixtures", import.meta.url));
const linesOf = (path: string) => readFileSync(join(fixtures, path), "utf8").split(/(?<=\n)/);

const keiLines = [
  {
    ts: "2026-11-20T10:00:00.000Z",
    event: "agent_spawn",
    id: "toolu_1",
    parent_id: "s1",
    subagent_type: "Explore",
    prompt_preview: "look → there",
  },
  { ts: "2026-11-20T10:00:01.000Z", event: "tool_use", id: "toolu_2", agent_id: "toolu_1", tool: "Read" },
  { ts: "2026-11-20T10:00:03.000Z", event: "agent_done", id: "toolu_1", outcome: "functional", duration_ms: 3000 },
].map((line) => `${JSON.stringify(line)}\n`);
const mapping = {
  app: "my-runner",
  session: "${run}",
  time: "${at}",
  type: "${kind}",
  events: { begin: [{ event: "session.started", key: "${run}", data: { app: "my-runner", title: "${name}" } }] },
};
const mappedLines = [
  { run: "r1", at: 1795170000, kind: "begin", name: "nightly" },
  { run: "r1", at: 1795170001, kind: "other" },
].map((line) => `${JSON.stringify(line)}\n`);

interface Kind {
  readonly name: string;
  /** Where the file stands, below the folder. */
  readonly file: string;
  readonly lines: readonly string[];
  readonly open: (folder: string, intake: Intake & { readonly pollMs: number }) => Follower;
}

const kinds: readonly Kind[] = [
  {
    name: "codex rollouts",
    file: "sessions/2026/11/20/rollout-2026-11-20T10-15-03-a.jsonl",
    lines: linesOf("codex/subagents/rollout-1.jsonl"),
    open: (folder, intake) => createRollouts({ ...intake, folders: [folder] }),
  },
  {
    name: "gemini chats",
    file: "tmp/project/chats/session-2026-11-20T10-17-d6bf33bc.jsonl",
    lines: linesOf("gemini-cli/simple/chat.jsonl"),
    open: (folder, intake) => createChats({ ...intake, folders: [folder] }),
  },
  {
    name: "kei events",
    file: "agent-events.jsonl",
    lines: keiLines,
    open: (folder, intake) => createKeiFile({ ...intake, path: join(folder, "agent-events.jsonl") }),
  },
  {
    name: "mapped file",
    file: "runs.jsonl",
    lines: mappedLines,
    open(folder, intake) {
      writeFileSync(join(folder, "map.json"), JSON.stringify(mapping));
      return createMappedFile({ ...intake, path: join(folder, "runs.jsonl"), mapPath: join(folder, "map.json") });
    },
  },
];

function tempFolder(t?: Pick<TestContext, "after">): string {
  const folder = mkdtempSync(join(tmpdir(), "orrery-follow-"));
  t?.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts following; `stop` ends it as a kill would leave it. */
function follow(kind: Kind, folder: string, log: EventLog, append: EventLog["append"] = log.append) {
  return runSource(kind.open(folder, { append, notes: log.notes, clock: systemClock, logger: silent, pollMs: 20 }));
}

function offsetOf(log: EventLog, path: string): number {
  const note = log.notes.list("lines:").find(([key]) => key.endsWith(path))?.[1];
  return note === undefined ? 0 : (JSON.parse(note) as { offset: number }).offset;
}

const ids = (log: EventLog) => log.read({ limit: 100_000 }).map(({ id }) => id);
const idSet = (log: EventLog) => ids(log).toSorted();

async function readWhole(kind: Kind, folder: string, paths: readonly string[]): Promise<EventLog> {
  const log = createMemoryLog({ clock: systemClock });
  const { stop } = follow(kind, folder, log);
  await until("all is read", () => paths.every((path) => offsetOf(log, path) === readFileSync(path).length));
  await stop();
  return log;
}

for (const kind of kinds) {
  testSource(kind.name, {
    kind: "stream",
    temporary: /orrery-follow-\w+/,
    runs: 8,
    pieces: kind.lines,
    async open(log) {
      const folder = tempFolder();
      const path = join(folder, kind.file);
      const give = appendTo(path, () => offsetOf(log, path));
      const { stop } = follow(kind, folder, log);
      return {
        give,
        async close() {
          await stop();
          rmSync(folder, { recursive: true });
        },
      };
    },
  });

  test(`${kind.name}: stopped after any line, the next start goes on from there`, async (t) => {
    const folder = tempFolder(t);
    const path = join(folder, kind.file);
    put(path, kind.lines.join(""));
    const whole = await readWhole(kind, folder, [path]);
    const log = createMemoryLog({ clock: systemClock });
    writeFileSync(path, "");
    for (const line of kind.lines) {
      appendFileSync(path, line);
      const { source, stop } = follow(kind, folder, log);
      await until("the line is stored", () => offsetOf(log, path) === readFileSync(path).length);
      await stop();
      assert.ok(source.status().records <= 1, "only what is new is read");
    }
    assert.deepEqual(idSet(log), idSet(whole));
    assert.equal(ids(log).length, new Set(ids(log)).size);
  });
}

const [codex] = kinds as [Kind];
const parentFile = codex.file;
const childFile = "sessions/2026/11/20/rollout-2026-11-20T10-15-04-b.jsonl";

function putThreads(folder: string): string[] {
  const paths = [join(folder, parentFile), join(folder, childFile)];
  put(paths[0]!, linesOf("codex/subagents/rollout-1.jsonl").join(""));
  put(paths[1]!, linesOf("codex/subagents/rollout-2.jsonl").join(""));
  return paths;
}

test("an agent's rollout is part of its root session, and both are stored in the order in which things happened", async (t) => {
  const folder = tempFolder(t);
  const log = await readWhole(codex, folder, putThreads(folder));
  const events = log.read({ limit: 10_000 });
  assert.equal(new Set(events.map((event) => event.session_id)).size, 1);
  const agents = [...new Set(events.map((event) => event.agent_id))];
  assert.equal(agents.filter((agent) => agent !== undefined && agent !== "agt_main").length, 1);
  // Each file keeps its order; between them the earlier line comes first.
  const firstOfChild = events.findIndex(({ agent_id }) => agent_id !== undefined && agent_id !== "agt_main");
  const lastOfMain = events.findLastIndex(({ agent_id }) => agent_id === "agt_main");
  assert.ok(firstOfChild < lastOfMain);
});

test("a log that refuses in the middle loses nothing and repeats nothing", async (t) => {
  const folder = tempFolder(t);
  const paths = putThreads(folder);
  const whole = await readWhole(codex, folder, paths);
  const log = createMemoryLog({ clock: systemClock });
  let calls = 0;
  const failing: EventLog["append"] = (drafts) => (calls++ % 2 === 0 ? Promise.reject(new Error("disk")) : log.append(drafts));
  const { stop } = follow(codex, folder, log, failing);
  await until("all is read", () => paths.every((path) => offsetOf(log, path) === readFileSync(path).length));
  await stop();
  assert.deepEqual(idSet(log), idSet(whole));
});

test("a file that was replaced is read from its start, a missing folder is waited for", async (t) => {
  const folder = tempFolder(t);
  const path = join(folder, codex.file);
  const log = createMemoryLog({ clock: systemClock });
  const { source, stop } = follow(codex, folder, log);
  await until("it waits", () => source.status().state === "waiting");
  assert.match(source.status().detail!, /there is no .*sessions yet/);
  put(path, linesOf("codex/errors/rollout-1.jsonl").join(""));
  await until("the file is read", () => offsetOf(log, path) === readFileSync(path).length);
  const before = ids(log).length;
  writeFileSync(path, linesOf("codex/simple/rollout-1.jsonl").join(""));
  await until("the other file is read", () => offsetOf(log, path) === readFileSync(path).length && ids(log).length > before);
  await stop();
  assert.equal(new Set(log.read({ limit: 10_000 }).map(({ session_id }) => session_id)).size, 2);
});

test("a file that cannot be read is told once and taken up when it can", async (t) => {
  const folder = tempFolder(t);
  const path = join(folder, codex.file);
  put(path, linesOf("codex/errors/rollout-1.jsonl").join(""));
  chmodSync(path, 0);
  const log = createMemoryLog({ clock: systemClock });
  await withoutRoot(folder, async () => {
    const { source, stop } = follow(codex, folder, log);
    await until("it fails", () => source.status().state === "failing");
    chmodSync(path, 0o600);
    await until("it is read", () => offsetOf(log, path) === readFileSync(path).length);
    await stop();
  });
  assert.equal(log.read({ types: ["system.failed"], limit: 9 }).length, 1);
});

test("reading all again appends nothing that is known", async (t) => {
  const folder = tempFolder(t);
  const paths = putThreads(folder);
  const log = createMemoryLog({ clock: systemClock });
  const { source, stop } = follow(codex, folder, log);
  await until("all is read", () => paths.every((path) => offsetOf(log, path) === readFileSync(path).length));
  const before = ids(log);
  await source.reread();
  assert.deepEqual(ids(log), before);
  assert.equal(source.status().duplicates, before.length);
  await stop();
});

test("a mapping that cannot be used names each wrong field", (t) => {
  const folder = tempFolder(t);
  put(join(folder, "map.json"), JSON.stringify({ ...mapping, session: undefined }));
  const log = createMemoryLog({ clock: systemClock });
  const open = () =>
    createMappedFile({
      append: log.append,
      notes: log.notes,
      clock: systemClock,
      logger: silent,
      path: "x",
      mapPath: join(folder, "map.json"),
    });
  assert.throws(open, { code: "BAD_INPUT", message: /map\.json session/ });
});
