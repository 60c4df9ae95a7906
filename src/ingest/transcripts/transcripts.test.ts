import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { StoredEvent } from "../../contract/events/index.ts";
import { systemClock } from "../../lib/clock.ts";
import { createMemoryLog } from "../../log/index.ts";
import type { EventLog } from "../../log/log.ts";
import { testSource } from "../../testing/source-suite.ts";
import { createTranscripts } from "./transcripts.ts";
import { until } from "../../testing/until.ts";
import { follow, line, positionOf, prompts, putRecording, recording, tempFolder } from "../../testing/transcript-files.ts";
import { appendTo, put, silent } from "../../testing/source-files.ts";

function all(log: EventLog): readonly StoredEvent[] {
  return log.read({ limit: 1_000_000 });
}

testSource("transcripts", {
  kind: "stream",
  temporary: /orrery-transcripts-\w+/,
  runs: 10,
  pieces: recording.files.get(`${recording.sessionId}.jsonl`)!.split(/(?<=\n)/),
  async open(log) {
    const folder = mkdtempSync(join(tmpdir(), "orrery-transcripts-"));
    const path = join(folder, "projects", "-p", `${recording.sessionId}.jsonl`);
    const give = appendTo(path, () => positionOf(log, path));
    const { stop } = follow(folder, log);
    return {
      give,
      async close() {
        await stop();
        rmSync(folder, { recursive: true });
      },
    };
  },
});

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

test("a note about an agent that is over, without what it did, is another session's: it counts when its lines come", async (t) => {
  const folder = tempFolder(t);
  const session = "0d9a6a52-6f5e-4a5c-9a39-3f0f2f6d1c11";
  const meta = join(folder, "projects", "-p", session, "subagents", "agent-a1.meta.json");
  put(join(folder, "projects", "-p", `${session}.jsonl`), line("one"));
  put(meta, JSON.stringify({ agentType: "general-purpose", description: "digs", toolUseId: "toolu_1", spawnDepth: 1, finished: true }));
  const log = createMemoryLog({ clock: systemClock });
  const { source, stop } = follow(folder, log);
  await until("all is read", () => source.status().state === "connected" && prompts(log).length === 1);
  const agents = () => all(log).filter(({ agent_id }) => agent_id === "agt_a1");
  assert.deepEqual(agents(), []);
  put(meta.replace(".meta.json", ".jsonl"), line("two", { isSidechain: true, agentId: "a1" }));
  await until("the agent is known", () => agents().some(({ type }) => type === "agent.ended"));
  await stop();
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

test("nothing is written into the agent's folder", async (t) => {
  const folder = tempFolder(t);
  const project = putRecording(folder);
  const log = createMemoryLog({ clock: systemClock });
  const { source, stop } = follow(folder, log);
  await until("all is read", () => source.status().state === "connected");
  await stop();
  for (const [name, text] of recording.files) assert.equal(readFileSync(join(project, name), "utf8"), text);
});
