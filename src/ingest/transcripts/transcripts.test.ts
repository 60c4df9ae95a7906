import assert from "node:assert/strict";
import {
  appendFileSync,
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import type { StoredEvent } from "../../contract/events/index.ts";
import { systemClock } from "../../lib/clock.ts";
import { createMemoryLog } from "../../log/index.ts";
import type { EventLog } from "../../log/log.ts";
import { recordedTranscripts } from "../../testing/source-fixtures.ts";
import { testSource } from "../../testing/source-suite.ts";
import { createTranscripts } from "./transcripts.ts";
import { until } from "../../testing/until.ts";
import { withoutRoot } from "../../testing/without-root.ts";

const silent = { debug: () => undefined, warn: () => undefined, error: () => undefined };
const recording = recordedTranscripts("subagents-nested");

function tempFolder(t: Pick<TestContext, "after">): string {
  const folder = mkdtempSync(join(tmpdir(), "orrery-transcripts-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function putRecording(folder: string): string {
  const project = join(folder, "projects", "-home-dev-project");
  for (const [name, text] of recording.files) put(join(project, name), text);
  return project;
}

/** Starts following; `stop` ends it as a kill would leave it: nothing more is written. */
function follow(folder: string, log: EventLog, append: EventLog["append"] = log.append) {
  const source = createTranscripts({ append, notes: log.notes, clock: systemClock, logger: silent, folders: [folder], pollMs: 50 });
  const abort = new AbortController();
  const running = source.run(abort.signal);
  return {
    source,
    async stop() {
      abort.abort();
      await running;
    },
  };
}

function all(log: EventLog): readonly StoredEvent[] {
  return log.read({ limit: 1_000_000 });
}

function prompts(log: EventLog): string[] {
  return log
    .read({ types: ["turn.started"], limit: 1_000 })
    .map((event) => (event.type === "turn.started" ? String(event.data.prompt) : ""));
}

function line(prompt: string, more: object = {}): string {
  return `${JSON.stringify({ type: "user", message: { role: "user", content: prompt }, uuid: `u-${prompt}`, promptId: `p-${prompt}`, timestamp: "2026-11-20T10:00:00.000Z", sessionId: "s1", cwd: "/p", version: "2.1.328", ...more })}\n`;
}

function positionOf(log: EventLog, path: string): number {
  const note = log.notes.get(`transcript:${path}`);
  return note === undefined ? 0 : (JSON.parse(note) as { offset: number }).offset;
}

testSource("transcripts", {
  kind: "stream",
  temporary: /orrery-transcripts-\w+/,
  runs: 10,
  pieces: recording.files.get(`${recording.sessionId}.jsonl`)!.split(/(?<=\n)/),
  async open(log) {
    const folder = mkdtempSync(join(tmpdir(), "orrery-transcripts-"));
    const path = join(folder, "projects", "-p", `${recording.sessionId}.jsonl`);
    put(path, "");
    let written = Buffer.alloc(0);
    const { stop } = follow(folder, log);
    return {
      async give(piece) {
        const bytes = Buffer.from(piece, isBytes(piece) ? "latin1" : "utf8");
        written = Buffer.concat([written, bytes]);
        appendFileSync(path, bytes);
        const whole = written.lastIndexOf(10) + 1;
        await until("the lines are stored", () => positionOf(log, path) >= whole);
      },
      async close() {
        await stop();
        rmSync(folder, { recursive: true });
      },
    };
  },
});

/** The suite gives cut streams as latin1, so that a cut may fall into a character. */
function isBytes(text: string): boolean {
  return [...text].every((character) => character.codePointAt(0)! <= 0xff);
}

test("what was written before is read, a session's files merged by time", async (t) => {
  const folder = tempFolder(t);
  putRecording(folder);
  const log = createMemoryLog({ clock: systemClock });
  const { source, stop } = follow(folder, log);
  await until("all is read", () => source.status().state === "connected");
  await stop();
  const events = all(log).filter((event) => event.type !== "agent.ended" && event.type !== "agent.spawned");
  const times = events.map((event) => event.timestamp);
  const agents = new Set(events.map((event) => event.agent_id));
  assert.equal(agents.size, 4);
  // Lines of one file may be a few milliseconds out of order; files never are.
  const late = times.filter((at, index) => index > 0 && Date.parse(at) < Date.parse(times[index - 1]!) - 50);
  assert.deepEqual(late, []);
  const spawned = all(log).filter((event) => event.type === "agent.spawned" && event.data.parent_agent_id === "agt_a24fb191188fea0f4");
  assert.ok(spawned.length >= 2);
});

test("a restart goes on where it was, without reading again", async (t) => {
  const folder = tempFolder(t);
  const project = putRecording(folder);
  const log = createMemoryLog({ clock: systemClock });
  const first = follow(folder, log);
  await until("all is read", () => first.source.status().state === "connected");
  await first.stop();
  const before = all(log).length;
  appendFileSync(join(project, `${recording.sessionId}.jsonl`), line("one more"));
  const second = follow(folder, log);
  await until("the new line is stored", () => prompts(log).includes("one more"));
  await second.stop();
  assert.equal(second.source.status().records, 1);
  assert.equal(second.source.status().duplicates, 0);
  assert.ok(all(log).length > before);
});

test("a kill between storing and noting gives no event twice", async (t) => {
  const folder = tempFolder(t);
  putRecording(folder);
  const whole = createMemoryLog({ clock: systemClock });
  const undisturbed = follow(folder, whole);
  await until("all is read", () => undisturbed.source.status().state === "connected");
  await undisturbed.stop();

  const log = createMemoryLog({ clock: systemClock });
  const kill = new AbortController();
  const dead = () => new Promise<never>((_, reject) => kill.signal.addEventListener("abort", () => reject(new Error("killed"))));
  const path = join(folder, "projects", "-home-dev-project", `${recording.sessionId}.jsonl`);
  const killed = createTranscripts({
    append: async (drafts) => (await log.append(drafts), dead()),
    notes: log.notes,
    clock: systemClock,
    logger: silent,
    folders: [folder],
  });
  const dying = killed.run(kill.signal);
  await until("something is stored", () => log.head() > 0);
  assert.equal(positionOf(log, path), 0);
  kill.abort();
  await dying;

  const second = follow(folder, log);
  await until("all is read", () => second.source.status().state === "connected");
  await second.stop();
  assert.deepEqual(
    all(log)
      .map(({ id }) => id)
      .toSorted(),
    all(whole)
      .map(({ id }) => id)
      .toSorted(),
  );
});

test("a line that grows byte by byte is stored when its newline comes", async (t) => {
  const folder = tempFolder(t);
  const path = join(folder, "projects", "-p", "s1.jsonl");
  put(path, line("first"));
  const log = createMemoryLog({ clock: systemClock });
  const { stop } = follow(folder, log);
  await until("the first is stored", () => prompts(log).length === 1);
  const bytes = Buffer.from(line("zweite Zeile: grüße 🪐"));
  for (const byte of bytes.subarray(0, -1)) appendFileSync(path, Buffer.of(byte));
  put(join(folder, "projects", "-p", "s2.jsonl"), line("meanwhile", { sessionId: "s2" }));
  await until("a later line of another file is stored", () => prompts(log).includes("meanwhile"));
  assert.deepEqual(prompts(log), ["first", "meanwhile"]);
  appendFileSync(path, "\n");
  await until("the second is stored", () => prompts(log).length === 3);
  await stop();
  assert.deepEqual(prompts(log), ["first", "meanwhile", "zweite Zeile: grüße 🪐"]);
  assert.deepEqual(log.read({ types: ["source.rejected"], limit: 9 }), []);
});

test("a file that is cut, replaced or renamed is followed", async (t) => {
  const folder = tempFolder(t);
  const path = join(folder, "projects", "-p", "s1.jsonl");
  put(path, line("a") + line("b"));
  const log = createMemoryLog({ clock: systemClock });
  const { source, stop } = follow(folder, log);
  await until("a and b are stored", () => prompts(log).length === 2);

  truncateSync(path, 0);
  appendFileSync(path, line("c"));
  await until("the cut file is read from its start", () => prompts(log).includes("c"));

  put(`${path}.new`, line("d") + line("e") + line("f"));
  renameSync(`${path}.new`, path);
  await until("the replacement is read", () => prompts(log).includes("f"));

  const records = source.status().records;
  renameSync(path, join(dirname(path), "s2.jsonl"));
  appendFileSync(join(dirname(path), "s2.jsonl"), line("g"));
  await until("the renamed file is followed", () => prompts(log).includes("g"));
  await stop();
  assert.equal(source.status().records, records + 1);
  assert.deepEqual(prompts(log), ["a", "b", "c", "d", "e", "f", "g"]);
});

test("a file rewritten in place with the same length is read again", async (t) => {
  const folder = tempFolder(t);
  const path = join(folder, "projects", "-p", "s1.jsonl");
  put(path, line("aaa"));
  const log = createMemoryLog({ clock: systemClock });
  const { stop } = follow(folder, log);
  await until("the first text is stored", () => prompts(log).length === 1);
  writeFileSync(path, line("bbb"));
  await until("the second text is stored", () => prompts(log).length === 2);
  await stop();
});

test("lines that cannot be read are told with their number, the others are stored", async (t) => {
  const folder = tempFolder(t);
  const path = join(folder, "projects", "-p", "s1.jsonl");
  put(path, `\uFEFF${line("bom")}not json\n\r\n${line("crlf").trim()}\r\n{"type":"user"\n\u0000\u0000\u0000\n${line("end")}`);
  appendFileSync(path, Buffer.concat([Buffer.from([0xff, 0xfe, 0x80]), Buffer.from("\n")]));
  appendFileSync(path, line("after bad utf-8"));
  const log = createMemoryLog({ clock: systemClock });
  const { source, stop } = follow(folder, log);
  await until("all is read", () => source.status().state === "connected");
  await stop();
  assert.deepEqual(prompts(log), ["bom", "crlf", "end", "after bad utf-8"]);
  const reasons = log
    .read({ types: ["source.rejected"], limit: 99 })
    .map((event) => (event.type === "source.rejected" ? event.data.reason.split(",")[0] : ""));
  assert.deepEqual(reasons, ["line 2 is not JSON", "line 5 is not JSON", "line 6 is not JSON", "line 8 is not JSON"]);
  assert.equal(source.status().rejected, 4);
});

test("a thousand bad lines are counted, and told a few times", async (t) => {
  const folder = tempFolder(t);
  put(join(folder, "projects", "-p", "s1.jsonl"), "bad line\n".repeat(1_000) + line("end"));
  const log = createMemoryLog({ clock: systemClock });
  const { source, stop } = follow(folder, log);
  await until("all is read", () => source.status().state === "connected");
  await stop();
  assert.equal(source.status().rejected, 1_000);
  const told = log.read({ types: ["source.rejected"], limit: 999 });
  assert.equal(told.length, 25);
  assert.equal(
    told.reduce((sum, event) => sum + (event.type === "source.rejected" ? (event.data.count ?? 1) : 0), 0),
    512,
  );
});

test("a line of 50 MB is passed over, binary junk too", async (t) => {
  const folder = tempFolder(t);
  const path = join(folder, "projects", "-p", "s1.jsonl");
  put(path, line("before"));
  appendFileSync(path, `{"type":"user","x":"${"x".repeat(50 * 1024 * 1024)}"}\n`);
  appendFileSync(path, line("after"));
  put(join(folder, "projects", "-p", "s2.jsonl"), "");
  appendFileSync(join(folder, "projects", "-p", "s2.jsonl"), Buffer.alloc(40 * 1024 * 1024, 0xc3));
  const log = createMemoryLog({ clock: systemClock });
  const { source, stop } = follow(folder, log);
  await until("all is read", () => source.status().state === "connected");
  await stop();
  assert.deepEqual(prompts(log), ["before", "after"]);
  assert.equal(source.status().rejected, 2);
});

test("a folder that is not there yet is waited for", async (t) => {
  const folder = join(tempFolder(t), "later");
  const log = createMemoryLog({ clock: systemClock });
  const { source, stop } = follow(folder, log);
  await until("the first look is over", () => source.status().state === "waiting");
  put(join(folder, "projects", "-p", "s1.jsonl"), line("late"));
  await until("it is found", () => prompts(log).includes("late"));
  put(join(folder, "projects", "-q", "s2.jsonl"), line("other project", { sessionId: "s2" }));
  await until("a new project is found", () => prompts(log).includes("other project"));
  put(
    join(folder, "projects", "-q", "s2", "subagents", "agent-a1.jsonl"),
    line("helper", { sessionId: "s2", agentId: "a1", isSidechain: true }),
  );
  await until("a new agent is found", () => prompts(log).includes("helper"));
  await stop();
});

test("a file that may not be read is told once, and read when it may", async (t) => {
  const folder = tempFolder(t);
  const path = join(folder, "projects", "-p", "s1.jsonl");
  put(path, line("secret"));
  chmodSync(path, 0);
  const log = createMemoryLog({ clock: systemClock });
  await withoutRoot(folder, async () => {
    const { source, stop } = follow(folder, log);
    await until("it fails", () => source.status().state === "failing");
    chmodSync(path, 0o600);
    await until("it is read", () => prompts(log).includes("secret"));
    await stop();
  });
  assert.equal(log.read({ types: ["system.failed"], limit: 9 }).length, 1);
});

test("a folder where a file should be, a link to itself and a link upwards end nothing", async (t) => {
  const folder = tempFolder(t);
  const project = join(folder, "projects", "-p");
  mkdirSync(join(project, "s0.jsonl"), { recursive: true });
  symlinkSync(join(project, "loop.jsonl"), join(project, "loop.jsonl"));
  symlinkSync(join(folder, "projects"), join(project, "up"));
  symlinkSync(join(folder, "nowhere"), join(project, "dangling.jsonl"));
  put(join(project, "s1.jsonl"), line("fine"));
  const log = createMemoryLog({ clock: systemClock });
  const { source, stop } = follow(folder, log);
  await until("all is read", () => source.status().state === "connected");
  await stop();
  assert.deepEqual(prompts(log), ["fine"]);
});

test("a file that vanishes is forgotten, and read when it comes back", async (t) => {
  const folder = tempFolder(t);
  const path = join(folder, "projects", "-p", "s1.jsonl");
  put(path, line("a"));
  const log = createMemoryLog({ clock: systemClock });
  const { source, stop } = follow(folder, log);
  await until("it is read", () => prompts(log).length === 1);
  unlinkSync(path);
  put(path, line("b") + line("c"));
  await until("its successor is read", () => prompts(log).length === 3);
  await stop();
  assert.notEqual(source.status().state, "failing");
});

test("a line that the log cannot write keeps no other out", async (t) => {
  const folder = tempFolder(t);
  const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
  const call = line("deep", {
    type: "assistant",
    message: { id: "msg_1", role: "assistant", content: [{ type: "tool_use", id: "t1", name: "Bash", input: "DEEP" }] },
  });
  put(
    join(folder, "projects", "-p", "s1.jsonl"),
    line("before") + call.replace('"DEEP"', deep) + line("x", { type: "new-type", deep: "DEEP" }).replace('"DEEP"', deep) + line("after"),
  );
  const log = createMemoryLog({ clock: systemClock });
  const { source, stop } = follow(folder, log);
  await until("all is read", () => source.status().state === "connected");
  await stop();
  assert.deepEqual(prompts(log), ["before", "after"]);
  assert.ok(source.status().rejected > 0);
});

test("a busy log is waited for", async (t) => {
  const folder = tempFolder(t);
  putRecording(folder);
  const log = createMemoryLog({ clock: systemClock });
  const { OrreryError } = await import("../../contract/errors.ts");
  let refusals = 3;
  const { source, stop } = follow(folder, log, (drafts) =>
    refusals-- > 0 ? Promise.reject(new OrreryError("LOG_BUSY")) : log.append(drafts),
  );
  await until("all is read", () => source.status().state === "connected");
  await stop();
  assert.ok(log.head() > 20);
});

test("a forked session's copied history is not counted again", async (t) => {
  const folder = tempFolder(t);
  const own = { requestSessionId: "s2" };
  const answer = (id: string, more: object) =>
    `${JSON.stringify({ type: "assistant", uuid: id, timestamp: "2026-11-20T10:00:01.000Z", sessionId: "s2", message: { id: `msg_${id}`, role: "assistant", model: "m", content: [{ type: "text", text: id }], usage: { input_tokens: 1, output_tokens: 1 } }, ...more })}\n`;
  put(
    join(folder, "projects", "-p", "s2.jsonl"),
    line("copied", { sessionId: "s2" }) +
      answer("copied-answer", { requestSessionId: "s1" }) +
      line("own", { sessionId: "s2", timestamp: "2026-11-20T11:00:00.000Z" }) +
      answer("own-answer", { ...own, timestamp: "2026-11-20T11:00:01.000Z" }),
  );
  const log = createMemoryLog({ clock: systemClock });
  const { source, stop } = follow(folder, log);
  await until("all is read", () => source.status().state === "connected");
  await stop();
  assert.deepEqual(prompts(log), ["own"]);
  assert.equal(log.read({ types: ["model.responded"], limit: 9 }).length, 1);
});

test("a file of 200 MB is read in pieces, and others are served meanwhile", async (t) => {
  const folder = tempFolder(t);
  const path = join(folder, "projects", "-big", "big.jsonl");
  put(path, "");
  const noise = `{"type":"api-request-shape","x":"${"y".repeat(60_000)}"}\n`;
  const block = Buffer.from(Array.from({ length: 16 }, (_, at) => noise + line(`at ${at}`, { sessionId: "big" })).join(""));
  const file = openSync(path, "a");
  let size = 0;
  while (size < 200 * 1024 * 1024) size += writeSync(file, block);
  closeSync(file);
  const log = createMemoryLog({ clock: systemClock });
  const rssBefore = process.memoryUsage.rss();
  let rssMost = rssBefore;
  const { source, stop } = follow(folder, log);
  await until("reading has begun", () => source.status().records > 0);
  // Looked at when it is stored: on a busy machine this test itself may come too late to see it.
  let wasBigUnfinished: boolean | undefined;
  log.onCommit((events) => {
    if (events.some((event) => event.session_id === "ses_small")) wasBigUnfinished ??= positionOf(log, path) < size;
  });
  put(join(folder, "projects", "-small", "small.jsonl"), line("small", { sessionId: "small" }));
  await until("the small file is stored", () => {
    rssMost = Math.max(rssMost, process.memoryUsage.rss());
    return prompts(log).includes("small");
  });
  await until("all is read", () => {
    rssMost = Math.max(rssMost, process.memoryUsage.rss());
    return source.status().state === "connected";
  });
  await stop();
  assert.ok(wasBigUnfinished, "the small file waited for the big one");
  assert.equal(positionOf(log, path), size);
  assert.ok(rssMost - rssBefore < 120 * 1024 * 1024, `memory grew by ${Math.round((rssMost - rssBefore) / 1024 / 1024)} MB`);

  const again = follow(folder, log);
  await until("the second start is over", () => again.source.status().state !== "reading");
  await again.stop();
  assert.equal(again.source.status().records, 0);
});

test("nothing is written into the agent's folder", async (t) => {
  const folder = tempFolder(t);
  const project = putRecording(folder);
  const log = createMemoryLog({ clock: systemClock });
  const { source, stop } = follow(folder, log);
  await until("all is read", () => source.status().state === "connected");
  await stop();
  for (const [name, text] of recording.files) assert.equal(readFileSync(join(project, name), "utf8"), text);
});
