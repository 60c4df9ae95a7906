import assert from "node:assert/strict";
import { test } from "node:test";
import { event, listen, postEvents, refusal, withDialects, type Frame } from "./dialect-client.ts";

const isSubscribed = ({ type }: Frame) => type === "subscribed";
const payloadOf = (frame: Frame) => frame["payload"] as Readonly<Record<string, unknown>>;

test("a client is sent the channels that it subscribed to, until it leaves them", async (t) => {
  const { url, dialects } = await withDialects(t);
  const status = (await (await fetch(`${dialects["hook_api"]}/status`)).json()) as { websocket: unknown };
  assert.equal(status.websocket, dialects["hook_api_ws"], "the HTTP half names this one");
  const all = await listen(t, dialects["hook_api_ws"]!);
  const hello = await all.sees("a greeting", ({ type }) => type === "hello");
  assert.ok((hello["channels"] as string[]).includes("telemetry"));
  all.send({ action: "subscribe", channels: ["events", "comms"] });
  await all.sees("a subscription", isSubscribed);
  const asks = await listen(t, `${dialects["hook_api_ws"]}?channel=asks`);
  await asks.sees("a subscription", isSubscribed);
  await postEvents(url, [
    event("session.started", { app: "claude-code" }),
    event("message.added", { message_id: "msg_1", role: "assistant", parts: [{ kind: "text", text: "Testing." }] }),
    {
      ...event("message.added", { message_id: "msg_h", role: "assistant", parts: [{ kind: "text", text: "Testing. " }] }),
      source: "claude-code/hook",
    },
    event("ask.opened", { ask_id: "ask_1", kind: "gate", prompt: "Deploy?" }),
  ]);
  const said = await all.sees("words", ({ type }) => type === "comms");
  assert.deepEqual([said["channel"], payloadOf(said)["text"], payloadOf(said)["agent"]], ["comms", "Testing.", "main"]);
  await all.sees("the ask", (frame) => frame.type === "event" && payloadOf(frame)["type"] === "ask.opened");
  assert.equal(all.frames.filter(({ type }) => type === "comms").length, 1, "what two sources tell is said once");
  const asked = await asks.sees("the ask", ({ type }) => type === "asks");
  assert.equal(payloadOf(asked)["type"], "ask.opened");
  assert.deepEqual(
    asks.frames.map(({ type }) => type),
    ["hello", "subscribed", "asks"],
  );

  const seqs = all.frames.filter(({ type }) => type === "event").map((frame) => payloadOf(frame)["seq"] as number);
  assert.deepEqual(
    seqs,
    seqs.toSorted((a, b) => a - b),
  );
  const at = all.frames.length;
  all.send({ type: "unsubscribe", channel: "events" });
  assert.deepEqual((await all.sees("what is left", isSubscribed, at))["channels"], ["comms"]);

  const late = await listen(t, dialects["hook_api_ws"]!);
  late.send({ action: "subscribe", payload: { channel: "events" }, after: seqs[0]! });
  await late.sees("what it missed", (frame) => frame.type === "event" && payloadOf(frame)["seq"] === seqs.at(-1));
  assert.deepEqual(
    late.frames.filter(({ type }) => type === "event").map((frame) => payloadOf(frame)["seq"]),
    seqs.slice(1),
    "each once, in order",
  );
  late.send({ action: "subscribe", channel: "telemetry" });
  const told = await late.sees("telemetry", ({ type }) => type === "telemetry");
  assert.ok((payloadOf(told)["memory_bytes"] as number) > 0);
});

test("nonsense is told what there is; pages from elsewhere do not get in; plain HTTP is told to upgrade", async (t) => {
  const { dialects } = await withDialects(t, { ORRERY_COMMANDS_PER_WINDOW: "20" });
  const ws = dialects["hook_api_ws"]!;
  for (const origin of ["https://evil.example", "null"]) assert.equal(await refusal(ws, [], { headers: { origin } }), 403);
  const upgrade = await fetch(ws.replace("ws:", "http:"));
  assert.deepEqual([upgrade.status, typeof ((await upgrade.json()) as { error: unknown }).error], [426, "string"]);
  const client = await listen(t, ws);
  for (const nonsense of [
    "{ half",
    "[]",
    "null",
    { action: "fly" },
    { action: "subscribe" },
    { action: "subscribe", channel: "weather" },
  ]) {
    const at = client.frames.length;
    client.send(nonsense);
    await client.sees("an error", ({ type }) => type === "error", at);
  }
  client.send({ action: "ping" });
  await client.sees("a pong", ({ type }) => type === "pong");
  // Who says too much is told to wait; others are heard.
  for (let time = 0; time < 40; time++) client.send({ action: "ping" });
  const limited = await client.sees("a limit", (frame) => frame.type === "error" && "retry_after_ms" in frame);
  assert.ok((limited["retry_after_ms"] as number) > 0);
  const calm = await listen(t, dialects["hook_api_ws"]!);
  calm.send({ action: "ping" });
  await calm.sees("a pong", ({ type }) => type === "pong");
});

test("a slow client costs bounded memory, and is told what it missed and from where to read on", async (t) => {
  const { url, dialects } = await withDialects(t, { ORRERY_WS_BUFFER_BYTES: "65536" });
  const slow = await listen(t, `${dialects["hook_api_ws"]}?channels=events`);
  await slow.sees("a subscription", isSubscribed);
  const calm = await listen(t, `${dialects["hook_api_ws"]}?channels=events`);
  await calm.sees("a subscription", isSubscribed);
  slow.ws.pause();
  await postEvents(url, [event("session.started", {})]);
  const words = "y".repeat(8_000);
  for (let round = 0; round < 20; round++)
    await postEvents(
      url,
      Array.from({ length: 100 }, (_, index) =>
        event("message.added", { message_id: `msg_${round}_${index}`, role: "user", parts: [{ kind: "text", text: words }] }),
      ),
    );
  const last = (await (await fetch(`${url}/api/events?order=newest&limit=1`)).json()) as { items: { seq: number }[] };
  await calm.sees("all of it", (frame) => frame.type === "event" && payloadOf(frame)["seq"] === last.items[0]!.seq);
  slow.ws.resume();
  const lagged = await slow.sees("that it was too slow", ({ type }) => type === "lagged");
  assert.ok((lagged["missed"] as number) > 0);
  const at = slow.frames.length;
  slow.send({ action: "subscribe", channel: "events", after: lagged["after"] });
  const next = await slow.sees("what it missed", ({ type }) => type === "event", at);
  assert.equal(payloadOf(next)["seq"], (lagged["after"] as number) + 1);
});
