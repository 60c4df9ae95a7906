// What is no operation of the registry: probes, figures, telemetry, MCP, the page's files, logins, and every path of the dialects, with junk in path, query and body.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { WebSocket } from "ws";
import { once } from "node:events";
import { isKnownError, openTarget, seed } from "./target.ts";

const RUNS = 150;

const main = [
  "/",
  "/docs",
  "/healthz",
  "/readyz",
  "/metrics",
  "/mcp",
  "/ws",
  "/api/openapi.json",
  "/api/access",
  "/api/login",
  "/api/logout",
  "/api/ingest/claude-code",
  "/api/ingest/codex",
  "/api/ingest/kei",
  "/v1/traces",
  "/v1/logs",
  "/v1/metrics",
  "/index.html",
  "/replay.html",
  "/assets/",
  "/sessions/ses_one",
] as const;
/** The paths of the dialects' own clients; each is asked at each of their ports. */
const others = [
  "/status",
  "/health",
  "/version.json",
  "/stream",
  "/api/health",
  "/api/status",
  "/api/chats",
  "/api/chats/ses_one/traces",
  "/api/events",
  "/api/events/wait",
  "/api/ask",
  "/api/gui",
  "/api/gui/state",
  "/api/gui/value/x",
  "/api/gui/get_value",
  "/api/gui/mma_status",
  "/api/mma/workers",
  "/api/mma/workers/spawn",
  "/api/context/state",
  "/api/context/inject",
  "/api/metrics/financial",
  "/api/comms",
  "/api/diagnostics",
  "/api/performance",
  "/api/reset",
] as const;

const tails = [
  "",
  "",
  "",
  "/",
  "/..",
  "/%2e%2e/%2e%2e/etc/passwd",
  "/%00",
  "/%ff",
  "/%E0%A4%A",
  "//",
  "/__proto__",
  ".map",
  ";x=y",
  "/😀",
  `/${"a".repeat(3_000)}`,
];
const texts = fc.oneof(
  fc.json(),
  fc.string({ unit: "binary", maxLength: 100 }),
  fc.constantFrom(
    "",
    "{",
    "null",
    "[]",
    "[[[[",
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"__proto__","arguments":[]}}',
    '{"jsonrpc":"2.0","id":{},"method":"initialize","params":null}',
    '[{"jsonrpc":"2.0","method":"notifications/cancelled"}]',
    '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":1,"startTimeUnixNano":"-1"}]}]}]}',
    '{"prompt":"x","timeout":0.001}',
    '{"timeout":0.001}',
    '{"token":"orrt_x"}',
    '{"action":"click","item":{},"value":[]}',
    `{"a":${"[".repeat(5_000)}${"]".repeat(5_000)}}`,
  ),
);
const bodies = fc.oneof(
  texts.map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
);
const types = fc.constantFrom(
  "application/json",
  "application/x-ndjson",
  "application/x-protobuf",
  "text/plain",
  "application/json; charset=utf-16",
  "",
  "x",
  "multipart/form-data; boundary=x",
);
const methods = fc.constantFrom("GET", "GET", "POST", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD");
const queries = fc.constantFrom(
  "",
  "?",
  "?a",
  "?a=1&a=2",
  "?timeout=0.001",
  "?field=%00&item=x",
  "?limit=1e9&after=-1",
  `?${"a=b&".repeat(300)}`,
  "?__proto__[x]=1",
);

const requests = (paths: readonly string[]) =>
  fc.record({
    path: fc.tuple(fc.constantFrom(...paths), fc.constantFrom(...tails), queries).map((parts) => parts.join("")),
    method: methods,
    type: types,
    accept: fc.constantFrom("*/*", "text/html", "application/json, text/event-stream", "x"),
    body: bodies,
    isZipped: fc.boolean(),
  });

test("whatever is asked where no operation is, the answer is a known one", async (t) => {
  const target = await openTarget(t);
  const before = await target.vitals();
  for (const [door, port, paths] of [
    ["main", target.port, main] as const,
    ...[...target.dialects].map(([name, at]) => [name, at, others] as const),
  ])
    await t.test(door, async () => {
      await fc.assert(
        fc.asyncProperty(requests(paths), async ({ path, method, type, accept, body, isZipped }) => {
          const hasBody = !["GET", "HEAD"].includes(method);
          const reply = await fetch(`http://127.0.0.1:${port}${path}`, {
            method,
            redirect: "manual",
            signal: AbortSignal.timeout(60_000),
            headers: {
              ...(type === "" ? {} : { "content-type": type }),
              accept,
              ...(isZipped && hasBody ? { "content-encoding": "gzip" } : {}),
            },
            ...(hasBody ? { body: new Uint8Array(isZipped ? gzipSync(body) : body) } : {}),
          });
          const text = await reply.text();
          const what = `${method} ${path.slice(0, 200)}`;
          assert.ok(reply.status < 500 || [501, 503].includes(reply.status), `${what}: ${reply.status} ${text.slice(0, 300)}`);
          assert.ok(!text.includes("root:x:0") && !text.includes("node:internal") && !text.includes("/src/gateway"), `${what} leaks`);
          const isOurs = door === "main" && reply.status >= 400 && !/^\/(v1|mcp)/.test(path) && method !== "HEAD";
          if (isOurs) isKnownError(reply.status, text, what);
        }),
        { seed, numRuns: RUNS, endOnFailure: true },
      );
    });

  for (const [door, address] of Object.entries({
    kei: "/stream",
    mpm: "/",
    hook_api_ws: "/",
    boocode: `/api/ws/sessions/${target.site.session}`,
  }))
    await t.test(`${door}: words over its WebSocket`, async () => {
      const ws = new WebSocket(`ws://127.0.0.1:${target.dialects.get(door)}${address}`);
      await once(ws, "open");
      const command = fc.oneof(
        texts,
        fc
          .record({
            command: fc.constantFrom("subscribe", "unsubscribe", "get_status", "get_history", "ping", "replay", "ack", "__proto__"),
            type: fc.constantFrom("subscribe", "ping", "ack", "user_message", "constructor"),
            channels: fc.oneof(fc.array(texts, { maxLength: 3 }), fc.jsonValue()),
            params: fc.jsonValue(),
            from: fc.oneof(fc.double(), fc.jsonValue()),
          })
          .map((value) => JSON.stringify(value)),
      );
      await fc.assert(
        fc.asyncProperty(command, async (text) => {
          assert.equal(ws.readyState, ws.OPEN, "it was closed by the words before");
          ws.send(text);
          const answered = once(ws, "pong");
          ws.ping();
          await answered;
        }),
        { seed, numRuns: RUNS, endOnFailure: true },
      );
      ws.terminate();
    });
  await target.isAsBefore(before);
});
