import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import type { EventDraft } from "../../contract/events/index.ts";
import { systemClock } from "../../lib/clock.ts";
import { createMemoryLog } from "../../log/index.ts";
import type { EventLog } from "../../log/log.ts";
import { createRollouts } from "../codex/rollouts.ts";
import { createEventIntake } from "../events.ts";
import type { Intake } from "../source.ts";
import { createForward } from "./forward.ts";
import { openOutbox } from "./outbox.ts";
import { until } from "../../testing/until.ts";
import { silent } from "../../testing/source-files.ts";

const quick = { ...systemClock, sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(Math.min(ms, 20), signal) };
const rollout = readFileSync(
  fileURLToPath(new URL("../../../test/fixtures/codex/simple-hooks/rollout-1.jsonl", import.meta.url)),
  "utf8",
).split(/(?<=\n)/);

function tempFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "orrery-forward-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

type Mood = "well" | "away" | "lost answer" | "small";

/** A daemon's event door over a log, in several moods. */
async function openDoor(t: TestContext, log: EventLog) {
  const take = createEventIntake({ append: log.append, clock: systemClock, isHeld: () => false });
  const state = { mood: "well" as Mood, posts: 0, authorization: "" };
  const server: Server = createServer(async (request, response) => {
    state.posts++;
    state.authorization = request.headers.authorization ?? "";
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    if (state.mood === "away") return void response.destroy();
    response.setHeader("content-type", "application/json");
    if (state.mood === "small" && text.length > 2_000)
      return void response.writeHead(413).end(JSON.stringify({ error: { code: "BODY_TOO_LARGE", details: { limit_bytes: 2_000 } } }));
    const answer = await take({ events: text.split("\n").map((line) => JSON.parse(line) as unknown) }, { door: "http", actor: "test" });
    if (state.mood === "lost answer") return void response.destroy();
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.closeAllConnections());
  t.after(() => server.close());
  return { state, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function forward(folder: string, url: string) {
  const outbox = openOutbox({ path: join(folder, "outbox.db"), limit: 10_000 });
  const sources = (intake: Intake) => [createRollouts({ ...intake, folders: [join(folder, "codex")], pollMs: 20 })];
  const forwarding = createForward({ url, token: "t0ken", outbox, clock: quick, logger: silent, sources });
  const running = forwarding.run(new AbortController().signal);
  return {
    forwarding,
    outbox,
    async stop() {
      await forwarding.stop();
      await running;
      outbox.close();
    },
  };
}

function rolloutFile(folder: string): string {
  const path = join(folder, "codex/sessions/2026/11/20/rollout-a.jsonl");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "");
  return path;
}

async function localIds(folder: string): Promise<string[]> {
  const log = createMemoryLog({ clock: systemClock });
  const source = createRollouts({
    append: log.append,
    notes: log.notes,
    clock: quick,
    logger: silent,
    folders: [join(folder, "codex")],
    pollMs: 20,
  });
  const running = source.run(new AbortController().signal);
  await until("all is read here", () => source.status().records >= rollout.length);
  await source.stop();
  await running;
  return log.read({ limit: 10_000 }).map(({ id }) => id);
}

test("whatever becomes of the line, the other log has every event once, in order", async (t) => {
  const folder = tempFolder(t);
  const log = createMemoryLog({ clock: systemClock });
  const door = await openDoor(t, log);
  const path = rolloutFile(folder);
  const moods: readonly Mood[] = ["well", "away", "lost answer", "small", "away", "well"];
  let running = forward(folder, door.url);
  for (const [index, line] of rollout.entries()) {
    door.state.mood = moods[index % moods.length]!;
    appendFileSync(path, line);
    const posts = door.state.posts;
    // Often enough the line is cut while something is on its way, or the process ends.
    if (index % 5 === 0) await until("something is tried", () => door.state.posts > posts || running.outbox.waiting() === 0);
    if (index % 17 === 16) {
      await running.stop();
      running = forward(folder, door.url);
    }
  }
  door.state.mood = "well";
  const expected = await localIds(folder);
  await until("all has arrived", () => log.head() >= expected.length && running.outbox.waiting() === 0);
  await running.stop();
  assert.deepEqual(
    log.read({ limit: 10_000 }).map(({ id }) => id),
    expected,
  );
  assert.equal(door.state.authorization, "Bearer t0ken");
});

test("what cannot be delivered waits on disk across restarts, and is bounded", async (t) => {
  const folder = tempFolder(t);
  const log = createMemoryLog({ clock: systemClock });
  const door = await openDoor(t, log);
  door.state.mood = "away";
  writeFileSync(rolloutFile(folder), rollout.join(""));
  const first = forward(folder, door.url);
  await until("it is tried", () => first.forwarding.status().problem !== undefined);
  const waiting = first.outbox.waiting();
  assert.ok(waiting > 0);
  await first.stop();
  rmSync(join(folder, "codex"), { recursive: true });
  door.state.mood = "well";
  const second = forward(folder, door.url);
  await until("it is sent", () => second.outbox.waiting() === 0);
  await second.stop();
  assert.equal(log.head(), waiting, "the files are no longer there, their events are");

  const small = openOutbox({ path: join(folder, "small.db"), limit: 2 });
  const draft = (id: string): EventDraft => ({ id, type: "x.a.b", timestamp: "2026-11-20T10:00:00.000Z", source: "test/api", data: {} });
  await small.append([draft("1"), draft("2")]);
  await assert.rejects(small.append([draft("3")]), { code: "LOG_BUSY" });
  assert.throws(() => openOutbox({ path: join(folder, "small.db"), limit: 2 }), { code: "LOG_LOCKED" });
  small.close();
});

test("an event that the other daemon refuses keeps no other back, and is told", async (t) => {
  const folder = tempFolder(t);
  const log = createMemoryLog({ clock: systemClock });
  const door = await openDoor(t, log);
  const draft = (id: string, type: string): EventDraft =>
    ({ id, type, timestamp: "2026-11-20T10:00:00.000Z", source: "test/api", data: {} }) as EventDraft;
  const running = forward(folder, door.url);
  await running.outbox.append([draft("1", "x.a.b"), draft("2", "no.such"), draft("3", "x.a.b")]);
  await until("all is gone", () => running.outbox.waiting() === 0 && log.head() === 3);
  door.state.mood = "small";
  await running.outbox.append([{ ...draft("4", "x.a.b"), data: { long: "l".repeat(5_000) } } as EventDraft, draft("5", "x.a.b")]);
  await until("all is gone", () => running.outbox.waiting() === 0 && log.head() === 5);
  await running.stop();
  const types = log.read({ limit: 9 }).map(({ type }) => type);
  assert.deepEqual(types.toSorted(), ["source.rejected", "source.rejected", "x.a.b", "x.a.b", "x.a.b"]);
  assert.equal(running.forwarding.status().rejected, 2);
});
