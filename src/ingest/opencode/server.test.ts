import assert from "node:assert/strict";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { systemClock } from "../../lib/clock.ts";
import { createMemoryLog } from "../../log/index.ts";
import type { EventLog } from "../../log/log.ts";
import { testSource } from "../../testing/source-suite.ts";
import { readLines } from "../../testing/truth-clients.ts";
import { createOpencodeServer } from "./server.ts";
import { until } from "../../testing/until.ts";
import { runSource, silent } from "../../testing/source-files.ts";

/** Events of the stream have no time of their own where it does not matter to them. */
const clock = { ...systemClock, now: () => 1_795_170_000_000 };
const events = (readLines("opencode/serve-subagents/events.jsonl") as { event: unknown }[]).map(({ event }) => event);
const calls = readLines("opencode/serve-subagents/http.jsonl") as { method: string; path: string; response: never }[];
const root = calls[0]!.response as { id: string; time: object };
const children = calls.find(({ path }) => path.endsWith("/children"))!.response as { id: string; time: object }[];
const messages = calls.find(({ method, path }) => method === "GET" && path.endsWith("/message"))!.response as unknown[];
const frameOf = (event: unknown) => `data: ${JSON.stringify(event)}\n\n`;

/** A server that says what it is given. */
async function openServer() {
  const streams = new Set<ServerResponse>();
  const asked: string[] = [];
  const state = { sessions: [] as unknown[], messages: {} as Record<string, unknown>, status: 200 };
  const server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.authorization ?? ""}`.trim());
    if (state.status !== 200) return void response.writeHead(state.status).end();
    if (request.url === "/event") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(": hello\n\n");
      streams.add(response);
      response.on("close", () => streams.delete(response));
      return;
    }
    const id = /^\/session\/([^/]+)\/message$/.exec(request.url ?? "")?.[1];
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(id === undefined ? state.sessions : (state.messages[id] ?? [])));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    state,
    asked,
    streams,
    write(bytes: string | Buffer) {
      for (const stream of streams) stream.write(bytes);
    },
    cut() {
      for (const stream of streams) stream.destroy();
    },
    async close() {
      for (const stream of streams) stream.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function open(log: EventLog, url: string, pollMs = 60_000) {
  // Waiting to connect again is cut short.
  const quick = { ...clock, sleep: (ms: number, signal?: AbortSignal) => clock.sleep(Math.min(ms, pollMs, 20), signal) };
  return runSource(createOpencodeServer({ append: log.append, notes: log.notes, clock: quick, logger: silent, url, pollMs }));
}

testSource("opencode server", {
  kind: "stream",
  runs: 8,
  pieces: events.map(frameOf),
  async open(log) {
    const server = await openServer();
    const { source, stop } = open(log, server.url);
    await until("the stream is open", () => server.streams.size === 1 && source.status().state === "connected");
    let written = "";
    let frames = 0;
    return {
      async give(piece) {
        const bytes = Buffer.from(piece, [...piece].every((character) => character.codePointAt(0)! <= 0xff) ? "latin1" : "utf8");
        server.write(bytes);
        written += bytes.toString("latin1");
        for (let end = written.indexOf("\n\n"); end >= 0; end = written.indexOf("\n\n")) {
          if (/^data:/m.test(written.slice(0, end))) frames++;
          written = written.slice(end + 2).replace(/^\n+/, "");
        }
        await until("the events are read", () => source.status().records >= frames);
        await log.notes.flush();
      },
      async close() {
        await stop();
        await server.close();
      },
    };
  },
});

test("what was missed while the connection was cut is read from the server's list", async () => {
  const server = await openServer();
  const log = createMemoryLog({ clock: systemClock });
  const { source, stop } = open(log, server.url);
  await until("the stream is open", () => source.status().state === "connected");
  for (const event of events.slice(0, 30)) server.write(frameOf(event));
  await until("the first events are read", () => source.status().records === 30);
  server.state.status = 503;
  server.cut();
  await until("it is noticed", () => source.status().state === "waiting" && /503|closed|terminated/.test(source.status().detail ?? ""));
  server.state.sessions = [{ ...root, time: { created: 1_795_169_850_200, updated: 1_795_169_859_000 } }, ...children];
  server.state.messages = { [root.id]: messages };
  server.state.status = 200;
  await until("it is connected again", () => source.status().state === "connected");
  const types = new Set(log.read({ limit: 1_000 }).map(({ type }) => type));
  for (const type of ["agent.spawned", "tool.ended", "turn.ended", "model.responded"]) assert.ok(types.has(type as never), type);
  assert.equal(new Set(log.read({ limit: 1_000 }).map(({ session_id }) => session_id)).size, 1, "children belong to their root");
  await stop();

  const before = log.head();
  const asked = server.asked.length;
  const again = open(log, server.url);
  await until("a new start is connected", () => again.source.status().state === "connected");
  await again.stop();
  await server.close();
  assert.equal(log.head(), before, "nothing is told twice");
  assert.ok(!server.asked.slice(asked).includes(`/session/${root.id}/message`), "what did not change is not read again");
});

test("a stream that falls silent is helped by looking at the list", async () => {
  const server = await openServer();
  const log = createMemoryLog({ clock: systemClock });
  const { source, stop } = open(log, server.url, 10);
  await until("the stream is open", () => source.status().state === "connected");
  server.state.messages = { [root.id]: messages };
  server.state.sessions = [{ ...root, time: { created: 1_795_169_850_200, updated: 1_795_169_859_000 } }];
  await until("the session is told", () => log.read({ types: ["turn.ended"], limit: 9 }).length > 0);
  assert.equal(source.status().state, "connected");
  await stop();
  await server.close();
});

test("a password goes into the header and nowhere else", async () => {
  const server = await openServer();
  const log = createMemoryLog({ clock: systemClock });
  const { source, stop } = open(log, server.url.replace("//", "//opencode:s3cret@"));
  await until("the stream is open", () => source.status().state === "connected");
  assert.equal(server.asked[0], `/event Basic ${Buffer.from("opencode:s3cret").toString("base64")}`);
  assert.ok(!JSON.stringify(source.status()).includes("s3cret"));
  await stop();
  await server.close();
});
