import assert from "node:assert/strict";
import { test } from "node:test";
import { HookApiClient, HookApiError } from "./hook-api.ts";

const refused = Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new Error("refused"), { code: "ECONNREFUSED" }) });
const broken = Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new Error("reset"), { code: "ECONNRESET" }) });
const tooLong = new DOMException("too long", "TimeoutError");

/** A client whose calls are answered in this order, and what it sent and how long it paused. */
function answeredBy(...answers: readonly (Error | readonly [number, unknown, Readonly<Record<string, string>>?])[]) {
  const sent: string[] = [];
  const paused: number[] = [];
  const left = [...answers];
  let now = 0;
  const client = new HookApiClient({
    url: "http://127.0.0.1:1/",
    token: "orr_1",
    clock: {
      now: () => now,
      sleep: async (ms) => {
        paused.push(ms);
        now += ms;
      },
      after: () => () => undefined,
    },
    fetch: async (address, init) => {
      const { method, body, headers } = init!;
      assert.equal((headers as { authorization: string }).authorization, "Bearer orr_1");
      sent.push([method, String(address).replace("http://127.0.0.1:1", ""), body].filter((part) => part !== undefined).join(" "));
      const next = left.shift() ?? [200, {}];
      if (next instanceof Error) throw next;
      return new Response(typeof next[1] === "string" ? next[1] : JSON.stringify(next[1]), { status: next[0], headers: next[2] ?? {} });
    },
  });
  return { client, sent, paused };
}

const fails = (status: number, words: RegExp) => (error: unknown) =>
  error instanceof HookApiError && error.status === status && words.test(error.message);

test("what did not get through is tried again, at growing distances; what may happen only once only where nothing was sent", async () => {
  const reads = answeredBy(refused, broken, refused, [200, { status: "running" }]);
  assert.deepEqual(await reads.client.getStatus(), { status: "running" });
  assert.deepEqual(reads.paused, [100, 200, 400]);
  const down = answeredBy(refused, refused, refused, refused, refused);
  await assert.rejects(down.client.getStatus(), fails(0, /nobody answers/));
  assert.equal(down.sent.length, 4);
  const clicks = answeredBy([200, { seq: 3 }], refused, broken);
  await assert.rejects(clicks.client.click("nav.live"), fails(0, /nobody answers/));
  assert.equal(clicks.sent.length, 3, "after a connection that broke nobody knows whether it was pressed");
  const sets = answeredBy([200, { seq: 3 }], broken, [200, { status: "queued" }]);
  assert.deepEqual(await sets.client.setValue("traces.min", 5), { status: "queued" });
  const slow = answeredBy(tooLong, [200, {}]);
  await assert.rejects(slow.client.getStatus(), fails(0, /no answer in 10000 ms/));
});

test("a failure has the status, the words and the code of the answer", async () => {
  await assert.rejects(answeredBy([409, { error: "it is over", code: "CANNOT_INJECT" }]).client.injectContext({ text: "x" }), (error) => {
    assert.ok(error instanceof HookApiError);
    assert.deepEqual([error.status, error.message, error.code], [409, "it is over", "CANNOT_INJECT"]);
    return true;
  });
  await assert.rejects(answeredBy([502, "<html>"]).client.getComms(), fails(502, /GET \/api\/comms was answered with 502/));
  await assert.rejects(answeredBy([200, "another program"]).client.getStatus(), fails(200, /was answered with 200/));
});

test("each event is given once, from those since the client began; nothing in time is null", async () => {
  const { client, sent } = answeredBy(
    [200, { seq: 7 }],
    [200, { status: "queued" }],
    [200, { event: { seq: 9, type: "ui.clicked" } }],
    [200, { event: null }],
    [200, { event: { seq: 8, type: "ui.changed" } }],
    [400, { error: "x" }],
  );
  await client.click("nav.live");
  assert.equal((await client.waitForEvent("ui.clicked"))!["seq"], 9);
  assert.equal(await client.waitForEvent("ui.clicked", 2), null);
  assert.equal((await client.waitForEvent("ui.changed"))!["seq"], 8, "of another type also what came before");
  assert.equal(await client.waitForEvent("ui.changed"), null, "it never throws");
  assert.deepEqual(
    sent.slice(2).map((line) => new URLSearchParams(line.split("?")[1]).get("after")),
    ["7", "9", "7", "8"],
  );
});

test("what came too soon is sent again when it is taken, also a click: nothing of it was done", async () => {
  const tooSoon = [429, { error: "too many", code: "RATE_LIMITED" }, { "retry-after": "4" }] as const;
  const { client, sent, paused } = answeredBy([200, { seq: 3 }], tooSoon, [200, { status: "queued" }]);
  assert.deepEqual(await client.click("nav.live"), { status: "queued" });
  assert.deepEqual([sent.length, paused], [3, [4_000]]);
  await assert.rejects(answeredBy(tooSoon, tooSoon, tooSoon, tooSoon).client.getStatus(), fails(429, /too many/));
});

test("an event is waited for to the end of its time: the server may go and come back, and may wait less at once", async () => {
  const gone = answeredBy(refused, [200, { seq: 7 }], broken, [503, {}], [200, { event: { seq: 8, type: "ui.clicked" } }]);
  assert.equal((await gone.client.waitForEvent("ui.clicked"))!["seq"], 8);
  const never = answeredBy(...Array.from({ length: 30 }, () => refused));
  assert.equal(await never.client.waitForEvent("ui.clicked", 3), null);
  assert.deepEqual(never.paused, [500, 500, 500, 500, 500, 500]);
  const long = answeredBy([200, { seq: 7 }], [200, { event: null }], [200, { event: null }]);
  assert.equal(await long.client.waitForEvent("ui.clicked", 900), null);
  assert.deepEqual(
    long.sent.slice(1).map((line) => new URLSearchParams(line.split("?")[1]).get("timeout")),
    ["600", "300"],
  );
});

test("a server is waited for, and given up on time", async () => {
  const late = answeredBy(refused, [503, {}], [200, { status: "running" }]);
  assert.equal(await late.client.waitForServer(), true);
  assert.deepEqual(late.paused, [500, 500]);
  const never = answeredBy(...Array.from({ length: 30 }, () => refused));
  assert.equal(await never.client.waitForServer(3), false);
});
