// Too many, too slow, half there, too fast: what one crowd costs is bounded, and whoever else is there is served all the while.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { WebSocket } from "ws";
import { openFrameReader } from "../../src/testing/gateway-fixture.ts";
import { until } from "../e2e/daemon.ts";
import { frame, openRaw, statusesOf, upgradeRequest, type Raw } from "./raw.ts";
import { MAY_GROW_BYTES, openTarget, type Target } from "./target.ts";

const MIB = 1024 * 1024;
const LIMIT = 2_000;

test("2,000 clients are connected, the next is told so, and each that goes makes room", async (t) => {
  const target = await openTarget(t);
  const before = await target.vitals();
  const crowd: WebSocket[] = [];
  for (let at = 0; at < LIMIT; at += 50) {
    const some = Array.from({ length: 50 }, () => new WebSocket(`ws://127.0.0.1:${target.port}/ws`));
    await Promise.all(some.map((ws) => once(ws, "open")));
    crowd.push(...some);
  }
  const one = await openRaw(target.port);
  one.socket.write(upgradeRequest(target.port));
  await until("the next is refused", () => statusesOf(one.read()).length > 0);
  assert.deepEqual(statusesOf(one.read()), [503]);
  assert.match((await one.rest(50)).toString(), /TOO_MANY_CONNECTIONS/);
  one.socket.destroy();
  const full = await target.vitals();
  assert.ok(full.rssBytes - before.rssBytes < LIMIT * 0.1 * MIB, `${(full.rssBytes - before.rssBytes) / MIB} MiB for ${LIMIT} connections`);
  await isServed(target, "HTTP beside 2,000 connections");
  crowd.pop()!.terminate();
  const next = await until("there is room again", () => openFrameReader(target.url).catch(() => false as const));
  next.close();
  for (const ws of crowd) ws.terminate();
  await target.isAsBefore(before);
});

test("readers who stopped reading cost a bounded part of memory, and those who read get everything", async (t) => {
  const target = await openTarget(t, { ORRERY_WS_BUFFER_BYTES: String(MIB) });
  const before = await target.vitals();
  const slow: Raw[] = [];
  for (let at = 0; at < 20; at++) {
    const raw = await openRaw(target.port);
    raw.socket.write(upgradeRequest(target.port));
    await until("it is in", () => raw.read().includes("101 Switching") || undefined);
    raw.socket.pause();
    raw.socket.write(frame(1, Buffer.from(JSON.stringify({ command: "subscribe", params: { channels: ["x.*"], from: "now" } }))));
    slow.push(raw);
  }
  const brisk = await openFrameReader(target.url);
  await brisk.ask("subscribe", { channels: ["x.*"] });
  await until("all have subscribed", async () => (await target.client.status.get()).connections === slow.length + 1);
  const rounds = 40;
  for (let round = 0; round < rounds; round++)
    await target.client.events.append({
      events: Array.from({ length: 100 }, (_, index) => ({ type: "x.crowd.pushed", data: { round, index, pad: "x".repeat(8_000) } })),
    });
  await until("the brisk one has all", () => brisk.events().length === rounds * 100);
  assert.ok(!brisk.frames.some(({ type }) => type === "lagged"), "it was never slow");
  const { rssBytes } = await target.vitals();
  assert.ok(rssBytes - before.rssBytes < MAY_GROW_BYTES, `${(rssBytes - before.rssBytes) / MIB} MiB for 20 readers of 32 MB each`);
  await isServed(target, "HTTP beside slow readers");
  slow[0]!.socket.resume();
  await until("one that reads again gets on", () => slow[0]!.read().includes("lagged") || undefined);
  for (const raw of slow) raw.socket.destroy();
  brisk.close();
  await target.isAsBefore(before);
});

test("requests that come a byte at a time, or stop half way, end; those of others do not wait for them", async (t) => {
  const target = await openTarget(t);
  const before = await target.vitals();
  const half: Raw[] = [];
  for (const port of [target.port, ...target.dialects.values()])
    for (const start of ["", "G", `GET / HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nx: `]) {
      for (let at = 0; at < 10; at++) {
        const raw = await openRaw(port);
        raw.socket.write(start);
        half.push(raw);
      }
    }
  const drip = setInterval(() => {
    for (const { socket } of half) if (socket.writable) socket.write("a");
  }, 1_000);
  t.after(() => clearInterval(drip));
  await isServed(target, "HTTP beside half requests");
  await until("all are shown out", () => half.every(({ socket }) => socket.closed));
  clearInterval(drip);
  await target.isAsBefore(before);
});

test("a flood of commands on one connection is held back, and another client is served meanwhile", async (t) => {
  const target = await openTarget(t, { ORRERY_COMMANDS_PER_WINDOW: "100" });
  const before = await target.vitals();
  const flood = new WebSocket(`ws://127.0.0.1:${target.port}/ws`);
  await once(flood, "open");
  const codes = new Map<string, number>();
  let answers = 0;
  flood.on("message", (data: Buffer) => {
    const { type, code = type } = JSON.parse(data.toString("utf8")) as { readonly type: string; readonly code?: string };
    codes.set(code, (codes.get(code) ?? 0) + 1);
    answers++;
  });
  const commands = 20_000;
  for (let at = 0; at < commands; at++) flood.send(JSON.stringify({ command: "get_history", id: String(at), params: { limit: 1_000 } }));
  await isServed(target, "HTTP beside a flood");
  const other = await openFrameReader(target.url);
  assert.equal((await other.ask("ping"))["type"], "result");
  await until("each command has its answer", () => answers >= commands + 1);
  assert.ok(codes.get("RATE_LIMITED")! > commands / 2, JSON.stringify([...codes]));
  flood.terminate();
  other.close();
  await target.isAsBefore(before);
});

/** A small question is answered, however long the machine takes for it. */
async function isServed({ url }: Target, what: string): Promise<void> {
  for (let at = 0; at < 20; at++) assert.equal((await fetch(`${url}/api/status`)).status, 200, what);
}
