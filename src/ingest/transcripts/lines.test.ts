import assert from "node:assert/strict";
import { appendFileSync, closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { systemClock } from "../../lib/clock.ts";
import { createMemoryLog } from "../../log/index.ts";
import { until } from "../../testing/until.ts";
import { follow, line, positionOf, prompts, tempFolder } from "../../testing/transcript-files.ts";
import { put } from "../../testing/source-files.ts";

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
