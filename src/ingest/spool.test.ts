import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { systemClock } from "../lib/clock.ts";
import { createMemoryLog } from "../log/index.ts";
import { createClaudeHooks } from "./claude/hooks.ts";
import { createSpool } from "./spool.ts";
import { recordedHooks } from "../testing/source-fixtures.ts";
import { testSource } from "../testing/source-suite.ts";
import { until } from "../testing/until.ts";
import { createStatusLines } from "./claude/status-lines.ts";
import { silent } from "../testing/source-files.ts";

const sender = fileURLToPath(new URL("sender/orrery-hook.sh", import.meta.url));
const nowhere = "http://127.0.0.1:9/api/ingest/claude-code";

function tempFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "orrery spool "));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function drain(folder: string) {
  const log = createMemoryLog({ clock: systemClock });
  const intake = { append: log.append, notes: log.notes, clock: systemClock, logger: silent };
  const hooks = createClaudeHooks(intake);
  const spool = createSpool({ ...intake, folder, deliver: hooks.take });
  const abort = new AbortController();
  const running = spool.run(abort.signal);
  return { log, spool, stop: () => (abort.abort(), running) };
}

/** Each piece is a file that a sender left behind, under a name after those before it. */
const spools = {
  "spool of claude hooks": { create: createClaudeHooks, format: "claude-code/hook", pieces: recordedHooks("simple-tools").slice(0, 12) },
  "spool of status lines": {
    create: createStatusLines,
    format: "claude-code/status-line",
    pieces: [1, 2, 3].map((step) => ({
      received_at: `2026-11-20T10:00:0${step}.000Z`,
      body: { session_id: "s1", cwd: "/p", cost: { total_cost_usd: step } },
    })),
  },
} as const;

for (const [name, { create, format, pieces }] of Object.entries(spools))
  testSource(name, {
    kind: "stream",
    runs: 2,
    pieces: pieces.map((record) => `${JSON.stringify(record)}\n`),
    open(log) {
      const folder = mkdtempSync(join(tmpdir(), "orrery spool "));
      const intake = { append: log.append, notes: log.notes, clock: systemClock, logger: silent };
      const { take } = create(intake);
      const abort = new AbortController();
      const running = createSpool({ ...intake, folder, format, deliver: take }).run(abort.signal);
      let files = 0;
      let rest = "";
      return Promise.resolve({
        // A sender leaves whole lines: a file without its last newline is still being written.
        async give(piece) {
          const isBytes = [...piece].every((character) => character.codePointAt(0)! <= 0xff);
          const text = rest + (isBytes ? piece : Buffer.from(piece).toString("latin1"));
          const end = text.lastIndexOf("\n") + 1;
          rest = text.slice(end);
          if (end === 0) return;
          const file = join(folder, `${String(files++).padStart(6, "0")}.ndjson`);
          writeFileSync(`${file}.part`, text.slice(0, end), "latin1");
          renameSync(`${file}.part`, file);
          await until("the file is taken", () => !existsSync(file));
        },
        async close() {
          abort.abort();
          await running;
          rmSync(folder, { recursive: true, force: true });
        },
      });
    },
  });

function start(source: string): string {
  return JSON.stringify({ session_id: "s1", hook_event_name: "SessionStart", source, cwd: "/p" });
}

function spooled(at: string, source: string): string {
  return `{"received_at":"${at}","body":${start(source)}}\n`;
}

/** Runs the sender as an agent would; resolves with its exit code and what it printed. */
function send(
  args: readonly string[],
  body: string | Buffer,
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ code: number | null; printed: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(sender, args, { env });
    let printed = "";
    child.stdout.on("data", (chunk) => (printed += String(chunk)));
    child.stderr.on("data", (chunk) => (printed += String(chunk)));
    child.on("error", reject);
    child.stdin.on("error", () => undefined);
    child.on("close", (code) => resolve({ code, printed }));
    child.stdin.end(body);
  });
}

function waiting(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".ndjson")) : [];
}

test("what waits is taken in order of receipt and removed", async (t) => {
  const folder = tempFolder(t);
  writeFileSync(join(folder, "2026-11-20T10:00:01.000Z-9.ndjson"), spooled("2026-11-20T10:00:01.000Z", "resume"));
  writeFileSync(join(folder, "2026-11-20T10:00:00.000Z-7.ndjson"), spooled("2026-11-20T10:00:00.000Z", "startup"));
  const { log, stop } = drain(folder);
  await until("all is taken", () => waiting(folder).length === 0);
  writeFileSync(join(folder, "2026-11-20T10:00:02.000Z-8.ndjson"), spooled("2026-11-20T10:00:02.000Z", "clear"));
  await until("a later file is taken too", () => waiting(folder).length === 0);
  await stop();
  assert.deepEqual(
    log.read({ limit: 9 }).map((event) => event.type === "session.started" && [event.timestamp.slice(17), event.data.origin]),
    [
      ["00.000Z", "startup"],
      ["01.000Z", "resume"],
      ["02.000Z", "clear"],
    ],
  );
});

test("a poison line is told and blocks nothing; a half-written one is left until it is whole", async (t) => {
  const folder = tempFolder(t);
  writeFileSync(join(folder, "a.ndjson"), `nonsense\n${spooled("2026-11-20T10:00:00.000Z", "startup")}{"received_at":7}\n`);
  writeFileSync(join(folder, "b.ndjson"), spooled("2026-11-20T10:00:01.000Z", "resume").slice(0, -20));
  const { log, spool, stop } = drain(folder);
  await until("the whole file is taken", () => !existsSync(join(folder, "a.ndjson")));
  assert.ok(existsSync(join(folder, "b.ndjson")));
  writeFileSync(join(folder, "b.ndjson"), spooled("2026-11-20T10:00:01.000Z", "resume"));
  await until("the other is taken when it is whole", () => waiting(folder).length === 0);
  await stop();
  assert.equal(spool.status().rejected, 2);
  assert.equal(log.read({ types: ["source.rejected"], limit: 9 }).length, 2);
  assert.equal(log.read({ types: ["session.started"], limit: 9 }).length, 2);
});

test("a body whose sender was stopped is taken with the time of its file", async (t) => {
  const folder = tempFolder(t);
  const path = join(folder, ".4711.body");
  writeFileSync(path, start("startup"));
  utimesSync(path, 1_795_170_076, 1_795_170_076);
  const { log, stop } = drain(folder);
  await until("it is taken", () => !existsSync(path));
  await stop();
  assert.equal(Date.parse(log.read({ limit: 9 })[0]!.timestamp), 1_795_170_076_000);
});

test("the sender prints nothing, never fails, and leaves what it cannot deliver in the spool", async (t) => {
  const folder = join(tempFolder(t), "my home", "spool");
  const body = `{\n  "session_id": "s1",\r\n "hook_event_name": "SessionStart", "source": "startup", "cwd": "/it's \\u0000 \\"odd\\" 🪐 $HOME \`x\`"}`;
  assert.deepEqual(await send([nowhere, folder], body), { code: 0, printed: "" });
  await until("it is spooled", () => waiting(folder).length === 1);
  const line = readFileSync(join(folder, waiting(folder)[0]!), "utf8");
  const { received_at, body: kept } = JSON.parse(line) as { received_at: string; body: unknown };
  assert.deepEqual(kept, JSON.parse(body));
  assert.ok(Math.abs(Date.parse(received_at) - Date.now()) < 10_000);
  const { log, stop } = drain(folder);
  await until("it is taken", () => waiting(folder).length === 0);
  await stop();
  assert.equal(log.read({ limit: 9 })[0]!.timestamp, received_at);
});

test("the sender delivers to a daemon that is there and leaves nothing behind", async (t) => {
  const folder = tempFolder(t);
  const bodies: string[] = [];
  const server = createServer((request, reply) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => (bodies.push(body), reply.end()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/ingest/claude-code`;
  await Promise.all(Array.from({ length: 8 }, (_, at) => send([url, folder], start(`n${at}`))));
  await until("all have arrived", () => bodies.length === 8);
  await until("nothing is left", () => readdirSync(folder).length === 0);
  assert.deepEqual(
    bodies.map((body) => (JSON.parse(body) as { body: { source: string } }).body.source).toSorted(),
    Array.from({ length: 8 }, (_, at) => `n${at}`),
  );
});

test("the sender works without HOME, without curl and node, with nothing on stdin, and where the spool cannot be made", async (t) => {
  const folder = tempFolder(t);
  const tools = join(folder, "bin");
  mkdirSync(tools);
  for (const tool of ["cat", "date", "tr", "mv", "rm", "mkdir", "mktemp"])
    symlinkSync(["/bin", "/usr/bin"].map((bin) => join(bin, tool)).find(existsSync)!, join(tools, tool));
  const bare = { PATH: tools, TMPDIR: folder };
  assert.deepEqual(await send([nowhere, join(folder, "spool")], start("startup"), bare), { code: 0, printed: "" });
  await until("it is spooled", () => waiting(join(folder, "spool")).length === 1);
  assert.deepEqual(await send([nowhere, join(folder, "spool")], "", bare), { code: 0, printed: "" });
  await until("the empty body is gone", () => readdirSync(join(folder, "spool")).length === 1);
  assert.deepEqual(await send([nowhere, "/dev/null/spool"], start("startup"), bare), { code: 0, printed: "" });
  await until("the body is left for a person", () => readdirSync(folder).some((name) => name.endsWith(".dropped")));
});

test("a body that its sender delivered while the folder was being read is no fault", async (t) => {
  const folder = tempFolder(t);
  // Named in the folder and not there, as between reading the one and looking at the other.
  symlinkSync(join(folder, "gone"), join(folder, ".1.body"));
  writeFileSync(join(folder, "2026-11-20T10:00:00.000Z-2.ndjson"), spooled("2026-11-20T10:00:00.000Z", "startup"));
  const { log, spool, stop } = drain(folder);
  await until("the other is taken", () => spool.status().state === "connected");
  await stop();
  assert.deepEqual(log.read({ types: ["system.failed"], limit: 9 }), []);
});
