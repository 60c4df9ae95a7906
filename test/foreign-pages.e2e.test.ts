// A web page elsewhere, in the browser of whoever runs Orrery, tries every port: by DNS rebinding, by cross-site requests, by cross-site WebSockets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openRaw, statusesOf, upgradeRequest } from "./fuzz/raw.ts";
import { openTarget, type Target } from "./fuzz/target.ts";
import { until } from "./e2e/daemon.ts";

const evilHosts = [
  "evil.example",
  "evil.example:PORT",
  "127.0.0.1.evil.example:PORT",
  "localhost.evil.example",
  "0.0.0.0:PORT",
  "[::]:PORT",
  "127.0.0.1:PORT@evil.example",
  "2130706433:PORT",
  "",
];
const evilOrigins = [
  "https://evil.example",
  "http://evil.example:PORT",
  "http://127.0.0.1.evil.example",
  "http://localhost:PORT.evil.example",
  "file://",
  "http://localhost@evil.example",
];
const socketPaths: Readonly<Record<string, string>> = {
  main: "/ws",
  kei: "/stream",
  boocode: "/api/ws/sessions/ses_one",
  mpm: "/",
  hook_api: "/",
  hook_api_ws: "/",
};

async function send(port: number, text: string): Promise<{ readonly status: number; readonly text: string }> {
  const raw = await openRaw(port);
  raw.socket.write(text);
  await until("there is an answer, or an end", () => statusesOf(raw.read()).length > 0 || raw.socket.closed);
  const bytes = await raw.rest(20);
  raw.socket.destroy();
  return { status: statusesOf(bytes)[0] ?? 0, text: bytes.toString("latin1") };
}

const atOnce = <T>(of: readonly T[], act: (each: T) => Promise<void>): Promise<unknown> => Promise.all(of.map(act));

test("no page elsewhere reads, writes or listens, at any port", async (t) => {
  const target: Target = await openTarget(t);
  const doors = [["main", target.port] as const, ...target.dialects];
  assert.equal(doors.length, Object.keys(socketPaths).length, "a new port has its WebSocket path here");
  const { head } = await target.client.status.get();
  for (const [door, port] of doors) {
    const path = socketPaths[door]!;
    for (const name of evilHosts) {
      const host = name.replace("PORT", String(port));
      await t.test(`${door}: rebound to ${name === "" ? "no name" : name}`, async () => {
        const lines = [
          "GET /",
          "GET /api/status",
          "GET /api/events",
          "POST /api/events",
          "POST /api/ask",
          "GET /healthz",
          "OPTIONS /api/events",
        ];
        await atOnce(lines, async (line) => {
          const { status, text } = await send(
            port,
            `${line} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`,
          );
          assert.ok(status === 403 || status === 400, `${line}: ${status}`);
          assert.ok(!text.includes("orrery/") && !text.includes(target.home));
        });
        assert.ok([400, 403].includes((await send(port, upgradeRequest(port, path, { host }))).status));
      });
    }
    for (const name of evilOrigins) {
      const origin = name.replace("PORT", String(port));
      await t.test(`${door}: called from ${name}`, async () => {
        const host = `127.0.0.1:${port}`;
        const types = ["application/json", "text/plain", "application/x-www-form-urlencoded"];
        const posts = [
          "POST /api/events",
          "POST /api/ask",
          "POST /api/gui",
          "POST /mcp",
          "POST /v1/traces",
          "PUT /api/budgets",
          "DELETE /api/alerts/rules/x",
        ].flatMap((line) => types.map((type) => [line, type] as const));
        await atOnce(posts, async ([line, type]) => {
          const { status } = await send(
            port,
            `${line} HTTP/1.1\r\nhost: ${host}\r\norigin: ${origin}\r\ncontent-type: ${type}\r\ncontent-length: 2\r\n\r\n{}`,
          );
          assert.equal(status, 403, `${line} ${type}`);
        });
        const asked = `OPTIONS /api/events HTTP/1.1\r\nhost: ${host}\r\norigin: ${origin}\r\naccess-control-request-method: POST\r\n\r\n`;
        assert.doesNotMatch((await send(port, asked)).text, /access-control-allow-origin: (\*|http)/i);
        const read = await send(port, `GET /api/status HTTP/1.1\r\nhost: ${host}\r\norigin: ${origin}\r\n\r\n`);
        assert.doesNotMatch(read.text, /access-control-allow-origin: (\*|http)/i);
        const upgraded = await send(port, upgradeRequest(port, path, { origin }));
        // Where nothing listens there is nothing to refuse.
        assert.ok(upgraded.status === 403 || (door === "hook_api" && upgraded.status === 404), `${upgraded.status}`);
      });
    }
  }
  // What an agent's own development server shows is a page of this machine, and nobody's command.
  for (const [door, port] of doors)
    await t.test(`${door}: called from a page of another port of this machine`, async () => {
      const host = `127.0.0.1:${port}`;
      for (const origin of ["http://localhost:3000", "http://127.0.0.1:9", "null"]) {
        await atOnce(["POST /api/events", "POST /api/gui", "POST /api/ask", "POST /mcp", "DELETE /api/alerts/rules/x"], async (line) => {
          const text = `${line} HTTP/1.1\r\nhost: ${host}\r\norigin: ${origin}\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\n{}`;
          assert.equal((await send(port, text)).status, 403, `${line} from ${origin}`);
        });
        const upgraded = await send(port, upgradeRequest(port, socketPaths[door]!, { origin }));
        if (["main", "hook_api_ws"].includes(door)) assert.equal(upgraded.status, 403, `a socket from ${origin}`);
      }
    });
  assert.equal((await target.client.status.get()).head, head, "nothing was written");
});
