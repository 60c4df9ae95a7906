import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { WebSocket } from "ws";
import { readConfig } from "../contract/config.ts";
import { createFakeClock } from "../testing/gateway-fake-clock.ts";
import { json, openDoor } from "./door.ts";
import { openKei } from "./kei/kei.ts";
import type { Peer } from "./peer.ts";
import type { Picture } from "./picture.ts";

/** What a door asks of a daemon that only its own machine can reach. */
const open = {
  logger: { debug: () => undefined, warn: () => undefined },
  config: readConfig({}, {}).config,
  visitor: () => ({ actor: "local", scope: "admin" as const }),
  onTokenRevoked: () => () => undefined,
};
const limits = { connections: 2, frameBytes: 65_536, bufferBytes: 65_536, bodyBytes: 65_536 };

/** A WebSocket that is open, what it was sent, and a way to wait for the next. */
async function connect(t: TestContext, url: string, options = {}) {
  const ws = new WebSocket(url, options);
  t.after(() => ws.terminate());
  const frames: string[] = [];
  let wake = (): void => undefined;
  ws.on("message", (data: Buffer) => (frames.push(data.toString()), wake()));
  await new Promise((resolve, reject) => ws.once("open", resolve).once("error", reject));
  return {
    ws,
    frames,
    async has(count: number) {
      while (frames.length < count) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}

test("a client that answers no ping is let go after two beats of 20 s; one more than may connect is refused with 503", async (t) => {
  const clock = createFakeClock();
  const door = await openDoor({
    name: "test",
    host: "127.0.0.1",
    port: 0,
    picture: { ...open, clock },
    limits,
    pages: "local",
    needs: () => undefined,
    answer: () => json(200, {}),
    failure: (status, message) => json(status, { error: message }),
    accept: (peer) => peer.onMessage((text) => void peer.sendText(text)),
  });
  t.after(() => door.close());
  const url = `ws://127.0.0.1:${door.port}/`;
  const [alive, gone] = [await connect(t, url), await connect(t, url, { autoPong: false })];
  const refused = new WebSocket(url);
  const [status, words] = await new Promise<[number?, string?]>((resolve) =>
    refused
      .on("error", () => undefined)
      .on("unexpected-response", (_request, response) => {
        let body = "";
        response.on("data", (piece) => (body += String(piece))).on("end", () => resolve([response.statusCode, body]));
      }),
  );
  assert.deepEqual([status, words], [503, '{"error":"2 clients are connected already"}']);

  const pinged = new Promise((resolve) => gone.ws.once("ping", resolve));
  const ended = new Promise((resolve) => gone.ws.once("close", resolve));
  clock.advance(19_999);
  assert.equal(door.connections(), 2);
  const answered = new Promise((resolve) => alive.ws.once("ping", resolve));
  clock.advance(1);
  await Promise.all([pinged, answered]);
  // What comes back was read after the answer to the ping.
  alive.ws.send("still here");
  await alive.has(1);
  clock.advance(20_000);
  await ended;
  alive.ws.send("and now");
  await alive.has(2);
  assert.equal(door.connections(), 1);
  const next = await connect(t, url);
  assert.equal(next.ws.readyState, WebSocket.OPEN, "the place is free again");
});

test("who waits while its token is revoked is refused at once, others wait on, and a command that was done is told as done", async (t) => {
  let revoke = (_tokenId: string): void => undefined;
  const picture = {
    ...open,
    clock: createFakeClock(),
    visitor: (token: string | undefined) => ({ actor: token!, scope: "read" as const, tokenId: token! }),
    onTokenRevoked: (listener: typeof revoke) => ((revoke = listener), () => undefined),
  };
  const waiting: (() => void)[] = [];
  const { promise: allWait, resolve: wait } = Promise.withResolvers<void>();
  const door = await openDoor({
    name: "kei",
    picture,
    host: "127.0.0.1",
    port: 0,
    limits,
    pages: "none",
    needs: () => "read",
    async answer({ signal }) {
      await new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => resolve());
        waiting.push(resolve);
        if (waiting.length === 3) wait();
      });
      return json(200, "came");
    },
    failure: (status, message, code) => json(status, { message, code }),
  });
  t.after(() => door.close());
  const ask = (token: string, method = "GET") =>
    fetch(`http://127.0.0.1:${door.port}/`, { method, headers: { authorization: `Bearer ${token}` } });
  const [gone, done, stays] = [ask("gone"), ask("gone", "POST"), ask("stays")];
  await allWait;
  revoke("gone");
  assert.equal((await gone).status, 401);
  assert.equal(((await (await gone).json()) as { code: string }).code, "UNAUTHENTICATED");
  assert.equal((await done).status, 200);
  for (const come of waiting) come();
  assert.equal((await stays).status, 200);
});

test("of many clients who do not read each has a smaller buffer, and what is sent to all is held for all together", async (t) => {
  const bufferBytes = 1_048_576;
  const clock = createFakeClock();
  const peers: Peer[] = [];
  const door = await openDoor({
    name: "test",
    host: "127.0.0.1",
    port: 0,
    picture: { ...open, clock },
    limits: { ...limits, connections: 200, bufferBytes },
    pages: "local",
    needs: () => undefined,
    answer: () => json(200, {}),
    failure: (status, message) => json(status, { error: message }),
    accept: (peer) => void peers.push(peer),
  });
  t.after(() => {
    const closed = door.close();
    clock.advance(1_000);
    return closed;
  });
  const clients = await Promise.all(Array.from({ length: 128 }, () => connect(t, `ws://127.0.0.1:${door.port}/`)));
  for (const { ws } of clients) ws.pause();
  const frame = Buffer.alloc(60_000, "x");
  for (let round = 0; peers.some((peer) => peer.sendText(frame)); round++) {
    assert.ok(round < 10_000, "somebody's buffer never fills");
    // The system takes some of it: only what stays with us counts.
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(door.unsentBytes() > 0);
  assert.ok(door.unsentBytes() <= 32 * bufferBytes + clients.length * 2 * frame.length, `${door.unsentBytes()} bytes`);
});

test("a client of the live graph is sent a ping every 30 seconds, the first after 30", async (t) => {
  const clock = createFakeClock();
  const picture = { ...open, clock, env: {}, sessions: () => [], session: () => undefined, onCommit: () => () => undefined };
  const door = await openKei(picture as unknown as Picture, "127.0.0.1", 0, limits);
  t.after(() => door.close());
  const client = await connect(t, `ws://127.0.0.1:${door.port}/stream`);
  await client.has(1);
  const health = async () => void (await (await fetch(`http://127.0.0.1:${door.port}/health`)).text());
  for (const pings of [1, 2, 3]) {
    // In pieces that leave the client time to answer the beats beneath.
    clock.advance(19_999);
    await health();
    clock.advance(10_000);
    await health();
    assert.equal(client.frames.length, pings);
    clock.advance(1);
    await client.has(pings + 1);
    await health();
  }
  assert.deepEqual(client.frames, ['{"type":"snapshot","alive":[]}', ...Array.from({ length: 3 }, () => '{"type":"ping"}')]);
});
