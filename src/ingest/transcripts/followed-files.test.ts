import assert from "node:assert/strict";
import { appendFileSync, chmodSync, mkdirSync, renameSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { systemClock } from "../../lib/clock.ts";
import { createMemoryLog } from "../../log/index.ts";
import { until } from "../../testing/until.ts";
import { withoutRoot } from "../../testing/without-root.ts";
import { follow, line, prompts, tempFolder } from "../../testing/transcript-files.ts";
import { put } from "../../testing/source-files.ts";

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
