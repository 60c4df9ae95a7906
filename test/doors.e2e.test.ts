// Every operation of the registry at every door, asked the same and answering the same: HTTP, WebSocket, `orrery call`, the typed client, MCP, and the
// command palette of the page.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createClient, type Client } from "../src/client/index.ts";
import { OrreryError, errorTable, type ErrorCode } from "../src/contract/errors.ts";
import type { Operation } from "../src/contract/operation.ts";
import { operations, type OperationName } from "../src/contract/operations/index.ts";
import { toolNames, type NamedTool } from "../src/mcp/tool-names.ts";
import { openFrameReader, type FrameReader } from "../src/testing/gateway-fixture.ts";
import { launchBrowser } from "./e2e/browser.ts";
import { makePlace, startDaemon, until, type RunningDaemon } from "./e2e/daemon.ts";
import { newClient, oldClient, type AnyClient } from "./e2e/mcp-clients.ts";
import { layTranscripts, truthOf } from "./e2e/recordings.ts";
import { friendly, others } from "./friendly-commands.ts";
import { openPaletteDoor } from "./palette-door.ts";
import { PUSH_SERVICE, samples, type Site } from "./operation-samples.ts";

type Answer = { readonly data: unknown } | { readonly code: string; readonly message: string };
interface Door {
  readonly name: string;
  ask(operation: Operation, input: Readonly<Record<string, unknown>>): Promise<Answer>;
}

const recording = "failing-tools";
const place = makePlace();
const doors: Door[] = [];
const closing: (() => Promise<void> | void)[] = [];
let daemon: RunningDaemon;
let site: Site;

before(async () => {
  layTranscripts(recording, place.claudeDir);
  daemon = await startDaemon(place, { env: { ORRERY_COMMANDS_PER_WINDOW: "10000", ORRERY_PUSH_SERVICES: PUSH_SERVICE } });
  const client = createClient({ url: daemon.url });
  const session = `ses_${truthOf(recording).sessions[0]!.session_id}`;
  await client.events.append({
    events: [
      { type: "x.text.kept", data: { text: "long ".repeat(10_000) } },
      {
        type: "limit.reported",
        session_id: session,
        data: { limit: "five_hour", used_percent: 95, resets_at: new Date(Date.now() + 3_600_000).toISOString() },
      },
    ],
  });
  const calls = await until("the recording is in the catalog and settled", async () => {
    const { items, lag } = await client.calls.list({ session_id: session });
    return (
      items.length === truthOf(recording).totals.calls &&
      lag === 0 &&
      (await client.alerts.list({})).items.some(({ kind }) => kind === "quota_near") &&
      items
    );
  });
  const { items } = await client.events.list({ types: "x.text.kept" });
  const { sha256 } = (items[0]!.data as { readonly text: { readonly body: { readonly sha256: string } } }).text.body;
  site = { client, folder: daemon.claudeDir, session, call: calls[0]!.call_id, body: sha256, at: "2026-11-20T12:00:00.000Z" };

  const frames = await openFrameReader(daemon.url);
  const modern = await newClient("http", daemon);
  const old = await oldClient("stdio", daemon);
  closing.push(
    () => frames.close(),
    () => modern.close(),
    () => old.close(),
  );
  const browser = await launchBrowser();
  closing.push(() => browser.close());
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(`${daemon.url}/system`);
  await page.locator("[data-testid=connection][data-state=live]").waitFor();
  doors.push(httpDoor(daemon.url), webSocketDoor(frames), clientDoor(client), commandDoor(daemon.home));
  doors.push(mcpDoor("MCP 2026-07-28 over HTTP", modern), mcpDoor("MCP 2025 over stdio", old));
  doors.push(openPaletteDoor(page));
});

after(async () => {
  for (const close of closing) await close();
  await daemon.kill("SIGKILL");
  place.remove();
});

for (const operation of operations as readonly Operation[]) {
  const sample = samples[operation.name as OperationName];

  test(`${operation.name} answers the same at every door`, async () => {
    const answers = await atEach(operation, async (door) => {
      const answer = await door.ask(operation, await sample.good(site, door.name.replace(/\W/g, "")));
      if (isLeftOut(operation, door)) {
        assert.match((answer as { message: string }).message, /There is no tool/);
        return undefined;
      }
      assert.ok("data" in answer, `${door.name}: ${JSON.stringify(answer)}`);
      const shape = operation.output.safeParse(answer.data);
      assert.ok(shape.success, `${door.name}: not what the contract declares: ${JSON.stringify(shape.error?.issues)}`);
      return settled(answer.data, sample.varies ?? []);
    });
    const [first, ...others] = answers.filter(([, answer]) => answer !== undefined);
    for (const [name, answer] of others) assert.deepEqual(answer, first![1], `${name} does not answer as ${first![0]} does`);
  });

  if (sample.wrong === undefined) continue;
  const { input, code } = sample.wrong;
  test(`${operation.name} fails the same at every door: ${code}`, async () => {
    const served = doors.filter((door) => !isLeftOut(operation, door));
    const [first, ...others] = await Promise.all(served.map(async (door) => [door.name, await door.ask(operation, input)] as const));
    assert.equal((first![1] as { code: string }).code, code, JSON.stringify(first![1]));
    for (const [name, answer] of others) assert.deepEqual(answer, first![1], `${name} does not fail as ${first![0]} does`);
  });
}

test("the friendly commands serve their operations, each of them once", async () => {
  const commands = readdirSync(join(import.meta.dirname, "../src/cli/commands")).map((file) => file.replace(".ts", ""));
  const served = await Promise.all(friendly.map(async ({ args }) => args(site)));
  await until("the catalog was made anew, as the tests before wanted it", async () => (await site.client.catalog.get()).lag === 0);
  assert.deepEqual([...new Set([...served.map(([command]) => command), ...Object.keys(others)])].toSorted(), commands.toSorted());
  const waiting = friendly.map(({ serves, says }, index) => ({ serves, says, args: served[index]! }));
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { exit, out, err } = await runCommand([...next.args, "--home", daemon.home]);
      assert.equal(exit, 0, `${next.args.join(" ")}: ${err}`);
      assert.match(`${out}${err}`, next.says, `${next.args.join(" ")} serves ${next.serves.join(", ")}: ${err}`);
    }
  };
  // Three at once: each is a process of its own.
  await Promise.all([work(), work(), work()]);
});

test("answers that differ are caught", () => {
  assert.notDeepEqual(settled({ a: 1, ticket_id: "tkt_1" }, []), settled({ a: 2, ticket_id: "tkt_2" }, []));
  assert.deepEqual(settled({ a: 1, ticket_id: "tkt_1" }, ["a"]), settled({ a: 2, ticket_id: "tkt_2" }, ["a"]));
});

/** What only looks is asked at all doors at once; what changes something at one after another, as each sees what the last one changed. */
async function atEach(operation: Operation, ask: (door: Door) => Promise<unknown>): Promise<(readonly [name: string, answer: unknown])[]> {
  const asked = async (door: Door) => [door.name, await ask(door)] as const;
  if (operation.kind === "query") return Promise.all(doors.map(asked));
  const answers = [];
  for (const door of doors) answers.push(await asked(door));
  return answers;
}

function isLeftOut(operation: Operation, door: Door): boolean {
  return door.name.startsWith("MCP") && "leftOut" in toolNames[operation.name as OperationName];
}

/** The answer without what no two askings share: times of this run, ids that were made for the asking, and what varies. */
function settled(data: unknown, varies: readonly string[]): unknown {
  const text = JSON.stringify(data ?? {}, (key, value: unknown) => (varies.includes(key) ? undefined : value));
  const began = new Date(Date.now() - 600_000).toISOString();
  return JSON.parse(
    text
      .replace(/\b(ask|tkt|imp|alr|evt)_[a-z0-9]+\b/g, "$1_made")
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, (time) => (time > began ? "2026-01-01T00:00:00.000Z" : time)),
  );
}

function httpDoor(url: string): Door {
  return {
    name: "HTTP",
    async ask(operation, input) {
      const rest = new Map(Object.entries(input));
      const path = operation.path.replace(/:([a-z0-9_]+)/g, (_, name: string) => {
        const value = String(rest.get(name));
        rest.delete(name);
        return encodeURIComponent(value);
      });
      const query = new URLSearchParams();
      const isInQuery = ["GET", "DELETE"].includes(operation.method) || operation.body === "bytes";
      for (const [name, value] of rest) if (isInQuery && (name !== "text" || operation.body !== "bytes")) query.set(name, String(value));
      const body =
        operation.body === "bytes"
          ? String(rest.get("text") ?? "")
          : JSON.stringify(rest.get("events") ?? rest.get("bodies") ?? Object.fromEntries(rest));
      const reply = await fetch(`${url}/api${path}?${query}`, {
        method: operation.method,
        ...(["GET", "DELETE"].includes(operation.method) ? {} : { headers: { "content-type": "application/json" }, body }),
      });
      const text = await reply.text();
      if (operation.reply === "text" && reply.ok) return { data: text };
      const told = text === "" ? {} : (JSON.parse(text) as { error?: { code: ErrorCode; message: string } });
      if (reply.ok) return { data: told };
      assert.equal(reply.status, errorTable[told.error!.code].status);
      return { code: told.error!.code, message: told.error!.message };
    },
  };
}

function webSocketDoor(frames: FrameReader): Door {
  return {
    name: "WebSocket",
    async ask({ name }, input) {
      const frame = await frames.ask(name, input);
      return frame["type"] === "result" ? { data: frame["data"] } : { code: String(frame["code"]), message: String(frame["message"]) };
    },
  };
}

function clientDoor(client: Client): Door {
  return {
    name: "typed client",
    async ask({ name }, input) {
      const [group, verb] = name.split(".") as [string, string];
      const methods = (client as unknown as Record<string, Record<string, (input: unknown) => Promise<unknown>>>)[group]!;
      try {
        return { data: await methods[verb]!(input) };
      } catch (error) {
        assert.ok(error instanceof OrreryError);
        return { code: error.code, message: error.message };
      }
    },
  };
}

function commandDoor(home: string): Door {
  return {
    name: "orrery call",
    async ask({ name, reply }, input) {
      const { exit, out, err } = await runCommand(["call", name, "-", "--home", home], JSON.stringify(input));
      if (exit === 0) return { data: reply === "text" ? out.replace(/\n$/, "") : out === "" ? {} : JSON.parse(out) };
      const [, code = "", message = ""] = /^(\w+): ([\s\S]*)\n$/.exec(err) ?? [];
      assert.equal(exit, errorTable[code as ErrorCode]?.exit, err);
      return { code, message };
    },
  };
}

async function runCommand(
  args: readonly string[],
  input = "",
): Promise<{ readonly exit: unknown; readonly out: string; readonly err: string }> {
  const child = spawn(join(import.meta.dirname, "../bin/orrery"), args);
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk) => (out += String(chunk)));
  child.stderr.on("data", (chunk) => (err += String(chunk)));
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const exit = await new Promise((resolve) => child.once("close", resolve));
  return { exit, out, err };
}

function mcpDoor(name: string, client: AnyClient): Door {
  return {
    name,
    async ask(operation, input) {
      const served = toolNames[operation.name as OperationName];
      const tools: readonly NamedTool[] = "leftOut" in served ? [{ name: operation.name }] : served;
      let last: Answer = { data: undefined };
      for (const tool of tools) last = await askTool(client, tool.name, input, operation);
      return last;
    },
  };
}

async function askTool(client: AnyClient, name: string, input: Readonly<Record<string, unknown>>, operation: Operation): Promise<Answer> {
  try {
    const answer = await client.call(name, { ...input });
    if (answer.isError === true) {
      const { code, message } = (answer as { _meta?: { "orrery/error"?: { code: string; message: string } } })["_meta"]!["orrery/error"]!;
      assert.ok(answer.content[0]!.text.startsWith(`${code}: ${message}\n`));
      return { code, message };
    }
    if (operation.reply === "text") return { data: answer.content[0]!.text };
    assert.deepEqual(JSON.parse(answer.content[0]!.text), answer.structuredContent);
    return { data: answer.structuredContent };
  } catch (error) {
    return { code: "", message: (error as Error).message };
  }
}
