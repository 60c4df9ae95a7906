import assert from "node:assert/strict";
import { test } from "node:test";
import { WebSocket } from "ws";
import { readConfig } from "../../contract/config.ts";
import type { StoredEvent } from "../../contract/events/index.ts";
import { createFakeClock } from "../../testing/gateway-fake-clock.ts";
import type { Picture } from "../picture.ts";
import { openHookApiStream } from "./stream.ts";

test("a client that does not read for half a minute is closed, and told why", async (t) => {
  const clock = createFakeClock();
  let tell = (_events: readonly StoredEvent[]): void => undefined;
  const { config } = readConfig({}, {});
  const picture = {
    clock,
    config,
    version: "0",
    logger: { debug: () => undefined, warn: () => undefined },
    readLog: () => [],
    visitor: () => ({ actor: "local", scope: "admin" }),
    onTokenRevoked: () => () => undefined,
    onCommit: (listener: typeof tell) => ((tell = listener), () => undefined),
  } as unknown as Picture;
  const limits = { connections: 10, frameBytes: 65_536, bufferBytes: 65_536, bodyBytes: 65_536 };
  const door = await openHookApiStream(picture, "127.0.0.1", 0, limits);
  t.after(() => door.close());

  const ws = new WebSocket(`ws://127.0.0.1:${door.port}?channels=events`);
  t.after(() => ws.terminate());
  await new Promise<void>((resolve) =>
    ws.on("message", (text: Buffer) => {
      if (text.toString().includes('"subscribed"')) resolve();
    }),
  );
  ws.pause();
  let seq = 0;
  const say = () =>
    tell([{ seq: ++seq, id: `e${seq}`, type: "x.test.said", timestamp: "", source: "test/other", data: { words: "y".repeat(60_000) } }]);
  for (let count = 0; count < 500; count++) {
    say();
    // The system takes some of it: only what stays with us counts.
    await new Promise((resolve) => setImmediate(resolve));
  }
  clock.advance(31_000);
  const closed = new Promise<[number, string]>((resolve) => ws.on("close", (code, reason) => resolve([code, reason.toString()])));
  say();
  ws.resume();
  const [code, reason] = await closed;
  assert.equal(code, 1013);
  assert.match(reason, /too slow/);
});
