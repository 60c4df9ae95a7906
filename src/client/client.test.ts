import assert from "node:assert/strict";
import { test } from "node:test";
import { OrreryError } from "../contract/errors.ts";
import { operations, type Handlers } from "../contract/operations/index.ts";
import { createFakeClock } from "../testing/gateway-fake-clock.ts";
import { startTestGateway } from "../testing/gateway-fixture.ts";
import { createClient } from "./index.ts";

test("every operation is a method, and what a caller gives arrives as it is declared", async () => {
  const got: [string, unknown][] = [];
  const note = Object.fromEntries(
    operations.map(({ name, reply }) => [name, (input: unknown) => (got.push([name, input]), reply === "text" ? "text" : {})]),
  ) as unknown as Handlers;
  const gateway = await startTestGateway({ handlers: note });
  const client = createClient({ url: `${gateway.url}/` });
  assert.deepEqual(await client.sessions.list({ limit: 10, status: "idle" }), {});
  await client.sessions.state({ session_id: "ses_a/b c%2F?#", at: 7 });
  await client.events.list({ types: ["tool.*", "x.a.b"], after: 3 });
  await client.events.append({ events: [{ a: 1 }, 2] });
  await client.ingest.claude_code({ bodies: [{ b: 1 }] });
  assert.equal(await client.bodies.get({ sha256: "0".repeat(64) }), "text");
  await client.call("status.get", {});
  assert.deepEqual(got, [
    ["sessions.list", { limit: 10, status: "idle" }],
    ["sessions.state", { session_id: "ses_a/b c%2F?#", at: 7 }],
    ["events.list", { types: ["tool.*", "x.a.b"], after: 3, order: "oldest", limit: 50 }],
    ["events.append", { events: [{ a: 1 }, 2] }],
    ["ingest.claude_code", { bodies: [{ b: 1 }] }],
    ["bodies.get", { sha256: "0".repeat(64) }],
    ["status.get", {}],
  ]);
  for (const { name } of operations) {
    const [group, verb] = name.split(".") as [keyof typeof client, string];
    assert.equal(typeof (client[group] as unknown as Record<string, unknown>)[verb], "function", name);
  }
  await gateway.close();
});

test("the daemon's error is thrown as it was there", async () => {
  const gateway = await startTestGateway();
  const client = createClient({ url: gateway.url });
  await assert.rejects(
    client.sessions.get({ session_id: "ses_none" }),
    (error) => error instanceof OrreryError && error.code === "NOT_FOUND" && error.params["id"] === "ses_none",
  );
  await assert.rejects(
    client.sessions.list({ limit: 0 }),
    (error) => error instanceof OrreryError && error.code === "BAD_INPUT" && error.message.includes("limit"),
  );
  await gateway.close();
  await assert.rejects(client.status.get(), { code: "DAEMON_UNREACHABLE" });
});

test("no answer in time, another program's answer and an unknown code are told apart", async () => {
  const answers = (body: string, status = 500) => createClient({ url: "http://x", fetch: async () => new Response(body, { status }) });
  await assert.rejects(answers("<html>Bad gateway</html>").status.get(), { code: "DAEMON_UNREACHABLE" });
  await assert.rejects(answers("not json", 200).status.get(), { code: "DAEMON_UNREACHABLE" });
  await assert.rejects(answers('{"error":{"code":"FROM_TOMORROW","message":"new"}}').status.get(), { code: "INTERNAL" });
  const silent = createClient({
    url: "http://x",
    fetch: (_, init) =>
      new Promise((_resolve, reject) => init!.signal!.addEventListener("abort", () => reject(init!.signal!.reason as Error))),
  });
  await assert.rejects(silent.status.get({}, { timeoutMs: 1 }), { code: "DAEMON_UNREACHABLE" });
  const abort = new AbortController();
  const waiting = silent.status.get({}, { signal: abort.signal });
  abort.abort(new Error("changed my mind"));
  await assert.rejects(waiting, /changed my mind/);
});

test("a command beyond the limit is sent again when the daemon takes it; when that is too late its caller is told", async () => {
  const clock = createFakeClock();
  const gateway = await startTestGateway({ clock, config: { commands_per_window: 2 } });
  const slept: number[] = [];
  const client = createClient({
    url: gateway.url,
    clock: {
      now: clock.now,
      async sleep(ms) {
        slept.push(ms);
        clock.advance(ms);
      },
    },
  });
  for (let sent = 0; sent < 5; sent++) await client.ui.reset();
  assert.deepEqual(slept, [10_000, 10_000]);
  await client.ui.reset();
  await assert.rejects(client.ui.reset({}, { timeoutMs: 5_000 }), { code: "RATE_LIMITED" });
  assert.equal(slept.length, 2, "nobody waits longer than they said");
  const closed = gateway.close();
  clock.advance(1_000);
  await closed;
});

test("what the daemon is asked to wait comes on top of the time that an answer may take", async () => {
  const clock = createFakeClock();
  const busy = JSON.stringify({ error: { code: "RATE_LIMITED", message: "x", details: { retry_after_ms: 40_000 } } });
  const answers = [busy, '{"event":null,"seq":1}', busy];
  const client = createClient({
    url: "http://127.0.0.1:1",
    fetch: async () => new Response(answers[0], { status: answers.shift() === busy ? 429 : 200 }),
    clock: { now: clock.now, sleep: async (ms) => clock.advance(ms) },
  });
  assert.equal((await client.events.wait({ type: ["x.*"] })).event, null, "it waits 30 seconds by itself, and 40 are within 60");
  await assert.rejects(client.status.get(), { code: "RATE_LIMITED" });
});
