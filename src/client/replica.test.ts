import assert from "node:assert/strict";
import { createServer, connect, type Socket as TcpSocket } from "node:net";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { WebSocket } from "ws";
import type { EventDraft } from "../contract/events/index.ts";
import type { SessionId } from "../contract/ids.ts";
import { systemClock } from "../lib/clock.ts";
import { encodeState } from "../projections/encode.ts";
import { createFakeDaemon } from "../testing/client-fake-daemon.ts";
import { testReplica, tinySnapshot, type Network } from "../testing/client-replica-suite.ts";
import { createArrayLog } from "../testing/gateway-array-log.ts";
import { createFakeClock } from "../testing/gateway-fake-clock.ts";
import { startTestGateway } from "../testing/gateway-fixture.ts";
import { createReplica, type SocketConstructor } from "./index.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

testReplica("fake daemon", async ({ isTrimmed }) => openFakeNetwork(isTrimmed), { runs: 300 });
testReplica("gateway on a socket", async ({ isTrimmed }) => openRealNetwork(isTrimmed), { runs: 40 });

async function openFakeNetwork(isTrimmed: boolean): Promise<Network> {
  const log = createArrayLog();
  const clock = createFakeClock();
  const daemon = createFakeDaemon({ log, ...(isTrimmed ? { snapshot: tinySnapshot } : {}) });
  async function breathe(): Promise<void> {
    if (!daemon.deliver(3)) clock.advance(1_000);
    await turn();
  }
  const junk = ["{", "[]", '{"type":7}', '{"type":"x.y"}', '{"type":"later"}'];
  return {
    url: "http://fake",
    clock,
    log,
    WebSocket: daemon.WebSocket,
    fetchSession: daemon.fetchSession,
    patienceMs: 0,
    cut: (frames) => daemon.cut(frames % 7),
    async restart() {
      daemon.cut();
      daemon.shut();
      await breathe();
      daemon.open();
    },
    trouble(pick) {
      if (pick % 3 === 0) daemon.inject(junk[pick % junk.length]!);
      else daemon.repeat(1 + (pick % Math.max(1, log.head())));
    },
    breathe,
    close: async () => undefined,
  };
}

/** The real gateway behind a line that can be cut in the middle of a frame. */
async function openRealNetwork(isTrimmed: boolean): Promise<Network> {
  const log = createArrayLog();
  const open = () =>
    startTestGateway({
      log,
      ...(isTrimmed
        ? { snapshot: () => ({ seq: log.head(), pieces: [{ json: JSON.stringify(encodeState(tinySnapshot(log.state()))) }] }) }
        : {}),
    });
  let gateway = await open();
  const lines = new Set<{ left: number; near: TcpSocket; far: TcpSocket }>();
  const proxy = createServer((near) => {
    const far = connect(gateway.port, "127.0.0.1");
    const line = { left: Infinity, near, far };
    lines.add(line);
    const end = (): void => {
      near.destroy();
      far.destroy();
      lines.delete(line);
    };
    for (const side of [near, far]) side.on("error", end).on("close", end);
    near.pipe(far);
    far.on("data", (bytes: Buffer) => {
      near.write(bytes.subarray(0, line.left));
      line.left -= bytes.length;
      if (line.left <= 0) end();
    });
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    // Waiting a second takes a millisecond.
    clock: { ...systemClock, after: (ms, task) => systemClock.after(ms / 1_000, task) },
    log,
    WebSocket: WebSocket as unknown as SocketConstructor,
    patienceMs: 60_000,
    cut(bytes) {
      for (const line of lines) line.left = Math.min(line.left, bytes);
    },
    async restart() {
      await gateway.close();
      gateway = await open();
    },
    trouble: () => undefined,
    breathe: turn,
    async close() {
      for (const { near, far } of lines) {
        near.destroy();
        far.destroy();
      }
      proxy.close();
      await gateway.close();
    },
  };
}

let made = 0;
function draft(session?: string): EventDraft {
  return {
    id: `d${++made}`,
    type: "x.test.happened",
    timestamp: "2026-11-20T09:46:24.031Z",
    source: "t/a",
    ...(session === undefined ? {} : { session_id: session as SessionId }),
    data: {},
  };
}

function fakeReplica(options: { channels?: string[]; everyMs?: number } = {}) {
  const log = createArrayLog();
  const clock = createFakeClock();
  const daemon = createFakeDaemon({ log });
  const replica = createReplica({
    url: "http://fake",
    clock,
    random: () => 0,
    WebSocket: daemon.WebSocket,
    fetchSession: daemon.fetchSession,
    ...options,
  });
  const states: string[] = [];
  replica.onConnection(({ state }) => states.push(state));
  return { log, clock, daemon, replica, states };
}

test("connecting, syncing, live; then lost, waiting longer each time, and live again from where it was", () => {
  const { log, clock, daemon, replica, states } = fakeReplica();
  log.append([draft(), draft()]);
  replica.start();
  daemon.deliver();
  assert.deepEqual(states, ["connecting", "syncing", "live"]);
  daemon.shut();
  daemon.cut();
  daemon.deliver();
  const waits: number[] = [];
  for (let attempt = 0; attempt < 7; attempt++) {
    const connection = replica.connection();
    assert.equal(connection.state, "waiting");
    const ms = connection.state === "waiting" ? connection.retryAtMs - clock.now() : 0;
    waits.push(ms);
    clock.advance(ms);
    daemon.deliver();
  }
  assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  log.append([draft()]);
  daemon.open();
  replica.start();
  daemon.deliver();
  assert.deepEqual([replica.connection().state, replica.state().seq], ["live", 3]);
  assert.deepEqual(daemon.commands.at(-1)!.params, { channels: ["*"], from: 2 });
});

test("a missing event is noticed and fetched; a repeated one is not folded twice", () => {
  const { log, daemon, replica } = fakeReplica();
  const folded: number[] = [];
  replica.subscribe((events) => folded.push(...events.map((event) => event.seq)));
  replica.start();
  daemon.deliver();
  log.append([draft(), draft(), draft()]);
  daemon.inject(JSON.stringify({ ...draft(), seq: 3 }));
  daemon.repeat(1);
  daemon.deliver();
  daemon.deliver();
  assert.deepEqual([folded, replica.state().seq, replica.connection().state], [[1, 2, 3], 3, "live"]);
});

test("frames without sense are counted and passed over", () => {
  const { log, daemon, replica } = fakeReplica();
  replica.start();
  daemon.deliver();
  const junk = [
    "",
    "nope",
    "null",
    "[]",
    "{}",
    '{"type":1}',
    '{"type":"tool.started"}',
    '{"type":"tool.started","seq":"1"}',
    '{"type":"tool.started","seq":1.5,"id":"a","timestamp":"","data":{}}',
  ];
  for (const text of junk) {
    daemon.inject(text);
    daemon.deliver();
  }
  assert.equal(replica.ignored(), junk.length);
  log.append([draft()]);
  daemon.deliver();
  assert.deepEqual([replica.state().seq, replica.connection().state], [1, "live"]);
});

test("another, shorter log is started over with a snapshot", () => {
  const { log, clock, daemon, replica } = fakeReplica();
  log.append(Array.from({ length: 10 }, () => draft("ses_old")));
  replica.start();
  daemon.deliver();
  const other = createArrayLog();
  other.append([draft("ses_new")]);
  daemon.replaceLog(other);
  daemon.cut();
  daemon.deliver();
  clock.advance(30_000);
  daemon.deliver();
  assert.deepEqual([replica.state().seq, [...replica.state().sessions.keys()]], [1, ["ses_new"]]);
});

test("a daemon that says nothing any more is lost, and so is one that never opens", () => {
  const { clock, daemon, replica, states } = fakeReplica();
  replica.start();
  clock.advance(15_000);
  assert.deepEqual(states, ["connecting", "waiting"]);
  clock.advance(1_000);
  daemon.deliver();
  assert.equal(replica.connection().state, "live");
  clock.advance(70_000);
  assert.equal(replica.connection().state, "live");
  clock.advance(10_000);
  assert.ok(states.lastIndexOf("waiting") > states.lastIndexOf("live"));
});

test("a session whole is fetched again until it comes, and nothing is folded past it", async () => {
  const log = createArrayLog();
  const clock = createFakeClock();
  let fails = 3;
  const daemon = createFakeDaemon({
    log,
    fetchSession: async () => {
      if (fails-- > 0) throw new Error("unreachable");
      return undefined;
    },
  });
  log.append([draft("ses_1")]);
  const replica = createReplica({
    url: "http://fake",
    clock,
    random: () => 0,
    WebSocket: daemon.WebSocket,
    fetchSession: daemon.fetchSession,
  });
  replica.start();
  daemon.deliver();
  log.append([draft("ses_2"), draft("ses_1"), draft("ses_1")]);
  daemon.deliver();
  for (const ms of [1_000, 2_000, 4_000]) {
    await turn();
    assert.equal(replica.state().seq, 1);
    clock.advance(ms);
  }
  await turn();
  assert.equal(replica.state().seq, 4);
});

test("with a pace, events that come as one array are folded as if they came one by one", () => {
  const { log, daemon, replica } = fakeReplica({ everyMs: 30 });
  replica.start();
  daemon.deliver();
  assert.equal(daemon.commands.at(-1)!.params["every_ms"], 30);
  const [first, second] = log.append([draft(), draft()]);
  daemon.inject(JSON.stringify([first, second]));
  daemon.deliver();
  assert.deepEqual([replica.state().seq, replica.connection().state, replica.ignored()], [2, "live", 0]);
});

test("with a filter, skipped seqs are no gap", () => {
  const { log, daemon, replica } = fakeReplica({ channels: ["session:ses_1"] });
  replica.start();
  daemon.deliver();
  log.append([draft("ses_2"), draft("ses_1"), draft("ses_2"), draft("ses_1")]);
  daemon.deliver();
  assert.deepEqual([replica.state().seq, [...replica.state().sessions.keys()], replica.connection().state], [4, ["ses_1"], "live"]);
  assert.equal(daemon.commands.length, 1);
});

test("a stopped replica leaves nothing behind", () => {
  const { clock, daemon, replica } = fakeReplica();
  replica.start();
  daemon.deliver();
  replica.stop();
  assert.deepEqual([clock.waiting(), daemon.connections(), replica.connection().state], [0, 0, "stopped"]);
});
