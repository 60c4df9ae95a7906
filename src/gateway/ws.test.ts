import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import type { Config } from "../contract/config.ts";
import type { EventDraft } from "../contract/events/index.ts";
import type { SessionId } from "../contract/ids.ts";
import { createFakeClock } from "../testing/gateway-fake-clock.ts";
import { openFrameReader, startTestGateway, type TestGateway } from "../testing/gateway-fixture.ts";

let made = 0;
function draft(changes: { type?: `x.${string}`; session?: string; pad?: number } = {}): EventDraft {
  const { type = "x.test.happened", session, pad = 0 } = changes;
  return {
    id: `e${++made}`,
    type,
    timestamp: "2026-11-20T09:46:24.031Z",
    source: "test/api",
    ...(session === undefined ? {} : { session_id: `ses_${session}` as SessionId }),
    data: { pad: "x".repeat(pad) },
  };
}

async function withGateway(work: (gateway: TestGateway) => Promise<void>, config: Partial<Config> = {}): Promise<void> {
  const gateway = await startTestGateway({ config });
  try {
    await work(gateway);
  } finally {
    await gateway.close();
  }
}

test("hello comes first and says where the log stands", () =>
  withGateway(async (gateway) => {
    gateway.log.append([draft(), draft()]);
    const client = await openFrameReader(gateway.url);
    assert.deepEqual(client.frames[0], { type: "hello", protocol: 1, server: "orrery/0.0.0-test", seq: 2, auth: "open" });
  }));

test("subscribed, then the snapshot, then exactly what came after it", () =>
  withGateway(async (gateway) => {
    gateway.log.append([draft({ session: "a" }), draft({ session: "a" })]);
    const client = await openFrameReader(gateway.url);
    const answer = await client.ask("subscribe", { channels: ["*"], snapshot: true });
    assert.deepEqual(answer, { type: "subscribed", channels: ["*"], head: 2, id: "ask-1" });
    gateway.log.append([draft({ session: "b" })]);
    await client.until((frame) => frame["seq"] === 3 && frame["type"] !== "snapshot");
    assert.deepEqual(
      client.frames.map((frame) => frame["type"]),
      ["hello", "subscribed", "snapshot", "x.test.happened"],
    );
    assert.equal(client.frames[2]!["seq"], 2);
  }));

test("a client that takes compressed frames gets the same snapshot in fewer bytes", () =>
  withGateway(async (gateway) => {
    gateway.log.append(Array.from({ length: 300 }, (_, index) => draft({ session: `s${index % 40}` })));
    const offers = { deflate: true, none: false, "a small window": { serverMaxWindowBits: 9 } };
    const got = new Map<string, { readonly frame: unknown; readonly bytes: number }>();
    for (const [name, perMessageDeflate] of Object.entries(offers)) {
      const socket = connect(gateway.port, "127.0.0.1");
      const client = await openFrameReader(gateway.url, { perMessageDeflate, createConnection: () => socket });
      await client.ask("subscribe", { channels: ["*"], snapshot: true });
      const frame = await client.until(({ type }) => type === "snapshot");
      const after = await client.ask("ping");
      assert.equal(after["type"], "result", "what comes behind it is read too");
      got.set(name, { frame, bytes: socket.bytesRead });
      client.close();
    }
    const { deflate, none, "a small window": small } = Object.fromEntries(got);
    assert.deepEqual(deflate!.frame, none!.frame);
    assert.deepEqual(small!.frame, none!.frame);
    assert.ok(deflate!.bytes < none!.bytes / 3, `${deflate!.bytes} of ${none!.bytes} bytes`);
    assert.ok(small!.bytes > none!.bytes / 2, "plain, as it could not be read otherwise");
  }));

test("channels choose by type, session and run; from chooses where to begin", () =>
  withGateway(async (gateway) => {
    gateway.log.append([
      draft({ type: "x.a.one" }),
      draft({ type: "x.b.one", session: "s" }),
      draft({ type: "x.a.two" }),
      draft({ type: "x.c", session: "t" }),
    ]);
    const seen = async (params: object): Promise<number[]> => {
      const client = await openFrameReader(gateway.url);
      await client.ask("subscribe", params);
      await client.ask("ping");
      client.close();
      return client.events().map((event) => event.seq);
    };
    assert.deepEqual(await seen({ channels: ["*"], from: "start" }), [1, 2, 3, 4]);
    assert.deepEqual(await seen({ channels: ["*"], from: 2 }), [3, 4]);
    assert.deepEqual(await seen({ channels: ["*"], from: "now" }), []);
    assert.deepEqual(await seen({ channels: ["*"] }), []);
    assert.deepEqual(await seen({ channels: ["x.a.*"], from: "start" }), [1, 3]);
    assert.deepEqual(await seen({ channels: ["x.a.two", "x.b.one"], from: "start" }), [2, 3]);
    assert.deepEqual(await seen({ channels: ["session:ses_s"], from: "start" }), [2]);
    assert.deepEqual(await seen({ channels: ["session:ses_s", "x.c"], from: "start" }), [2, 4]);
    assert.deepEqual(await seen({ channels: ["run:run_1", "live:message.*"], from: "start" }), []);
    assert.deepEqual(await seen({ channels: ["*"], from: 900 }), []);
  }));

test("who asks for a pace is written to at most so often: what came between is one array, and what waits comes before a goodbye", async () => {
  const clock = createFakeClock();
  const gateway = await startTestGateway({ clock });
  const client = await openFrameReader(gateway.url);
  const told = () => client.frames.map((frame) => [frame].flat().flatMap(({ seq, timestamp }) => (timestamp === undefined ? [] : [seq])));
  const seen = async () => (await client.ask("ping"), told().filter(({ length }) => length > 0));
  await client.ask("subscribe", { channels: ["*"], every_ms: 500 });
  gateway.log.append([draft()]);
  gateway.log.append([draft(), draft()]);
  gateway.log.append([draft()]);
  clock.advance(499);
  assert.deepEqual(await seen(), [[1]]);
  clock.advance(1);
  assert.deepEqual(await seen(), [[1], [2, 3, 4]]);
  assert.equal((await client.ask("subscribe", { channels: ["*"], every_ms: 1_001 }))["code"], "BAD_INPUT");
  gateway.log.append([draft()]);
  const gone = once(client.ws, "close");
  const closed = gateway.close();
  await gone;
  assert.deepEqual([told().at(-2), client.frames.at(-1)!["type"]], [[5], "goodbye"]);
  clock.advance(10_000);
  await closed;
});

test("a later subscribe adds channels from now on; with from the stream begins again", () =>
  withGateway(async (gateway) => {
    const client = await openFrameReader(gateway.url);
    await client.ask("subscribe", { channels: ["x.a.*"] });
    gateway.log.append([draft({ type: "x.a.1" }), draft({ type: "x.b.1" })]);
    const answer = await client.ask("subscribe", { channels: ["x.b.*"] });
    assert.deepEqual(answer["channels"], ["x.a.*", "x.b.*"]);
    gateway.log.append([draft({ type: "x.a.2" }), draft({ type: "x.b.2" })]);
    await client.ask("ping");
    assert.deepEqual(
      client.events().map((event) => event.seq),
      [1, 3, 4],
    );
    await client.ask("subscribe", { channels: ["x.a.*"], from: "start" });
    await client.ask("ping");
    assert.deepEqual(
      client.events().map((event) => event.seq),
      [1, 3, 4, 1, 2, 3, 4],
    );
    assert.deepEqual((await client.ask("unsubscribe", { channels: ["x.a.*"] }))["data"], { channels: ["x.b.*"] });
    gateway.log.append([draft({ type: "x.a.3" }), draft({ type: "x.b.3" })]);
    await client.ask("ping");
    assert.deepEqual(
      client
        .events()
        .slice(7)
        .map((event) => event.seq),
      [6],
    );
    assert.deepEqual((await client.ask("unsubscribe"))["data"], { channels: [] });
    gateway.log.append([draft({ type: "x.b.4" })]);
    await client.ask("ping");
    assert.equal(client.events().length, 8);
  }));

test("what is wrong with a frame is said, and the connection stays", () =>
  withGateway(
    async (gateway) => {
      const client = await openFrameReader(gateway.url);
      const wrong: [sent: string | Buffer, code: string][] = [
        ["{not json", "BAD_JSON"],
        [Buffer.from([1, 2, 3]), "BAD_JSON"],
        ["[]", "BAD_INPUT"],
        ["null", "BAD_INPUT"],
        ['{"command":7}', "BAD_INPUT"],
        ['{"command":"ping","params":[]}', "BAD_INPUT"],
        ['{"command":"fly"}', "UNKNOWN_COMMAND"],
        ['{"command":"subscribe","params":{"channels":["tool*"]}}', "BAD_INPUT"],
        ['{"command":"subscribe","params":{"channels":["session:nobody"]}}', "BAD_INPUT"],
        ['{"command":"subscribe","params":{"channels":["*"],"from":-1}}', "BAD_INPUT"],
        ['{"command":"subscribe","params":{"channels":["a.b","a.c","a.d","a.e"]}}', "TOO_MANY_SUBSCRIPTIONS"],
        ['{"command":"sessions.list","params":{"limit":"many"}}', "BAD_INPUT"],
      ];
      for (const [index, [sent, code]] of wrong.entries()) {
        client.ws.send(sent);
        await client.until(
          (frame) => frame["type"] === "error" && client.frames.filter((other) => other["type"] === "error").length === index + 1,
        );
        assert.equal(client.frames.findLast((frame) => frame["type"] === "error")!["code"], code, String(sent));
      }
      assert.equal((await client.ask("ping"))["type"], "result");
    },
    { max_subscriptions: 3 },
  ));

test("each id is answered once, also when the command fails or is no command", () =>
  withGateway(async (gateway) => {
    const client = await openFrameReader(gateway.url);
    const commands = ["ping", "get_status", "status.get", "nothing", "sessions.get", "subscribe", "get_history", "unsubscribe"];
    for (const [index, command] of commands.entries())
      client.ws.send(JSON.stringify({ command, id: `c${index}`, params: command === "subscribe" ? { channels: ["*"] } : {} }));
    await client.ask("ping");
    for (const index of commands.keys())
      assert.equal(client.frames.filter((frame) => frame["id"] === `c${index}`).length, 1, commands[index]);
  }));

test("a frame that is too large is refused by name, then closed with 1009", () =>
  withGateway(
    async (gateway) => {
      const client = await openFrameReader(gateway.url);
      client.ws.send("x".repeat(5_000));
      const [code] = (await once(client.ws, "close")) as [number];
      assert.equal(code, 1009);
      assert.deepEqual([client.frames.at(-1)!["code"], client.frames.at(-1)!["type"]], ["FRAME_TOO_LARGE", "error"]);
      assert.equal((await (await openFrameReader(gateway.url)).ask("ping"))["type"], "result");
    },
    { ws_frame_bytes: 4_000 },
  ));

test("bytes that break the protocol or its text end that connection only", () =>
  withGateway(async (gateway) => {
    const other = await openFrameReader(gateway.url);
    const client = await openFrameReader(gateway.url);
    const { _socket } = client.ws as unknown as { _socket: NodeJS.WritableStream };
    _socket.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28]));
    await once(client.ws, "close");
    assert.equal((await other.ask("ping"))["type"], "result");
  }));

test("commands are counted per client and window, ingest is not", async () => {
  const clock = createFakeClock();
  const gateway = await startTestGateway({ clock, config: { commands_per_window: 5 } });
  const client = await openFrameReader(gateway.url);
  for (let i = 0; i < 5; i++) assert.equal((await client.ask("ping"))["type"], "result");
  const refused = await client.ask("ping");
  assert.deepEqual(
    [refused["code"], refused["retry"], (refused["details"] as { retry_after_ms: number }).retry_after_ms],
    ["RATE_LIMITED", "later", 10_000],
  );
  assert.equal((await client.ask("events.append", { events: [draft()] }))["type"], "result");
  assert.equal((await (await openFrameReader(gateway.url)).ask("ping"))["type"], "result");
  clock.advance(10_000);
  assert.equal((await client.ask("ping"))["type"], "result");
  const closed = gateway.close();
  await once(client.ws, "close");
  clock.advance(1_000);
  await closed;
});

test("connections beyond the limit are refused until one ends", () =>
  withGateway(
    async (gateway) => {
      const first = await openFrameReader(gateway.url);
      await openFrameReader(gateway.url);
      await assert.rejects(openFrameReader(gateway.url), /503/);
      assert.equal(gateway.connections(), 2);
      first.close();
      for (;;) {
        const opened = await openFrameReader(gateway.url).catch(() => undefined);
        if (opened !== undefined) break;
      }
    },
    { max_connections: 2 },
  ));

test("history is read page by page without a gap, newest first, and forward with after", () =>
  withGateway(async (gateway) => {
    gateway.log.append(Array.from({ length: 25 }, (_, index) => draft({ type: index % 5 === 0 ? "x.rare.one" : "x.many.one" })));
    const client = await openFrameReader(gateway.url);
    const page = async (params: object): Promise<{ seqs: number[]; more: boolean }> => {
      const { items, has_more } = (await client.ask("get_history", params))["data"] as { items: { seq: number }[]; has_more: boolean };
      return { seqs: items.map((event) => event.seq), more: has_more };
    };
    assert.deepEqual(await page({ limit: 3 }), { seqs: [23, 24, 25], more: true });
    assert.deepEqual(await page({ limit: 3, before: 23 }), { seqs: [20, 21, 22], more: true });
    assert.deepEqual(await page({ limit: 3, before: 3 }), { seqs: [1, 2], more: false });
    assert.deepEqual(await page({ limit: 3, after: 20 }), { seqs: [21, 22, 23], more: true });
    assert.deepEqual(await page({ limit: 3, after: 23 }), { seqs: [24, 25], more: false });
    assert.deepEqual(await page({ limit: 3, event_types: ["x.rare.*"] }), { seqs: [11, 16, 21], more: true });
    const all: number[] = [];
    for (let before: number | undefined; ; before = all[0]) {
      const { seqs, more } = await page({ limit: 7, ...(before === undefined ? {} : { before }) });
      all.unshift(...seqs);
      if (!more) break;
    }
    assert.deepEqual(
      all,
      Array.from({ length: 25 }, (_, index) => index + 1),
    );
  }));

test("a half-open socket is found by two missed pongs; one that answers stays", async () => {
  const clock = createFakeClock();
  const gateway = await startTestGateway({ clock });
  const dead = await openFrameReader(gateway.url, { autoPong: false });
  const alive = await openFrameReader(gateway.url);
  const gone = once(dead.ws, "close");
  for (let beat = 1; beat <= 3; beat++) {
    clock.advance(30_000);
    await alive.until(() => alive.frames.filter((frame) => frame["type"] === "ping").length === beat);
    await alive.ask("ping");
  }
  await gone;
  assert.equal(dead.frames.filter((frame) => frame["type"] === "ping").length, 2);
  assert.equal(gateway.connections(), 1);
  const closed = gateway.close();
  await once(alive.ws, "close");
  await closed;
});

test("a client that does not read its answers is not read either, and gets them all later", () =>
  withGateway(
    async (gateway) => {
      gateway.log.append(Array.from({ length: 200 }, () => draft({ pad: 2_000 })));
      const client = await openFrameReader(gateway.url);
      client.ws.pause();
      for (let i = 0; i < 400; i++) client.ws.send(JSON.stringify({ command: "get_history", id: `h${i}`, params: { limit: 200 } }));
      const other = await openFrameReader(gateway.url);
      assert.equal((await other.ask("ping"))["type"], "result");
      client.ws.resume();
      await client.until((frame) => frame["id"] === "h399");
      assert.equal(client.frames.filter((frame) => frame["type"] === "result").length, 400);
    },
    { ws_buffer_bytes: 1_000_000, commands_per_window: 1_000 },
  ));

test("every client of the same channels gets the same bytes", () =>
  withGateway(async (gateway) => {
    const texts: string[][] = [];
    const clients = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const client = await openFrameReader(gateway.url);
        texts[index] = [];
        client.ws.on("message", (data: Buffer) => data.includes('"seq"') && texts[index]!.push(data.toString("latin1")));
        await client.ask("subscribe", { channels: index % 2 === 0 ? ["x.a.*", "x.b.*"] : ["x.b.*", "x.a.*"] });
        return client;
      }),
    );
    for (let i = 0; i < 50; i++)
      gateway.log.append([draft({ type: "x.a.1" }), draft({ type: "x.c.1" }), draft({ type: "x.b.1" })].slice(0, 1 + (i % 3)));
    gateway.log.append([draft({ type: "x.a.end" })]);
    await Promise.all(clients.map((client) => client.until((frame) => frame["type"] === "x.a.end")));
    assert.ok(texts[0]!.length > 50);
    for (const text of texts) assert.deepEqual(text, texts[0]);
  }));

test("a slow reader costs a bounded buffer, is told that it lags, and gets every event; nobody else waits", () =>
  withGateway(
    async (gateway) => {
      const slow = await openFrameReader(gateway.url);
      const quick = await openFrameReader(gateway.url);
      await slow.ask("subscribe", { channels: ["*"] });
      await quick.ask("subscribe", { channels: ["*"] });
      slow.ws.pause();
      const total = 3_000;
      for (let sent = 0; sent < total; sent += 100) {
        gateway.log.append(Array.from({ length: 100 }, () => draft({ pad: 10_000 })));
        await quick.until((frame) => frame["seq"] === sent + 100);
      }
      assert.deepEqual(
        quick.events().map((event) => event.seq),
        Array.from({ length: total }, (_, index) => index + 1),
      );
      assert.ok(slow.events().length < total);
      slow.ws.resume();
      await slow.until((frame) => frame["seq"] === total && frame["type"] !== "snapshot");
      assert.deepEqual(
        slow.events().map((event) => event.seq),
        Array.from({ length: total }, (_, index) => index + 1),
      );
      const at = slow.frames.findIndex((frame) => frame["type"] === "lagged");
      assert.equal(slow.frames[at]!["from_seq"], (slow.frames[at + 1] as { seq: number }).seq);
      assert.equal(
        slow.frames.findIndex((frame) => frame["type"] === "error"),
        -1,
      );
    },
    { ws_buffer_bytes: 2_000_000 },
  ));

test("closing under load says goodbye, loses nothing that was sent before, and ends quickly", async () => {
  const gateway = await startTestGateway();
  const clients = await Promise.all(Array.from({ length: 30 }, () => openFrameReader(gateway.url)));
  await Promise.all(clients.map((client) => client.ask("subscribe", { channels: ["*"], from: "start" })));
  for (let i = 0; i < 300; i++) gateway.log.append([draft()]);
  const closed = Promise.all(clients.map((client) => once(client.ws, "close")));
  const started = performance.now();
  await gateway.close();
  assert.ok(performance.now() - started < 1_000);
  await closed;
  for (const client of clients) {
    assert.deepEqual(client.frames.at(-1), { type: "goodbye", reason: "stopping" });
    assert.equal(client.events().length, 300);
  }
});
