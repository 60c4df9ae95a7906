import assert from "node:assert/strict";
import { createECDH, createPublicKey, randomBytes, verify } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import httpEce from "http_ece";
import { OrreryError } from "../contract/errors.ts";
import type { AskRow } from "../contract/operations/asks.ts";
import type { Caller } from "../contract/operations/index.ts";
import type { Notice } from "../contract/operations/push.ts";
import { until } from "../testing/until.ts";
import { noticeOf } from "../projections/ask-notice.ts";
import { openPush } from "./index.ts";

const caller: Caller = { door: "http", actor: "ana" };
const FIREFOX = "https://updates.push.services.mozilla.com/wpush/v2/abc";

interface Message {
  readonly path: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

/** A browser's keys, and the push service of its maker. `statuses`: what it answers, in turn; then 201. */
async function pushService(t: TestContext, statuses: number[] = []) {
  const taken: Message[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      taken.push({ path: request.url!, headers: request.headers, body: Buffer.concat(parts) });
      response.writeHead(statuses.shift() ?? 201).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const own = createECDH("prime256v1");
  const auth = randomBytes(16).toString("base64url");
  return {
    origin,
    taken,
    subscription: { endpoint: `${origin}/send/1`, keys: { p256dh: own.generateKeys("base64url"), auth }, label: "Firefox" },
    read: ({ body }: Message) =>
      JSON.parse(httpEce.decrypt(body, { version: "aes128gcm", privateKey: own, authSecret: auth }).toString()) as Notice,
  };
}

function setUp(t: TestContext, services: string, asks: readonly AskRow[] = []) {
  const home = mkdtempSync(join(tmpdir(), "orrery-push-"));
  const ending = new AbortController();
  t.after(() => {
    ending.abort();
    rmSync(home, { recursive: true, force: true });
  });
  const warned: object[] = [];
  const slept: number[] = [];
  const open = () =>
    openPush({
      home,
      services,
      clock: { now: () => Date.UTC(2026, 10, 21), sleep: async (ms: number) => void slept.push(ms) } as never,
      logger: { warn: (about) => void warned.push(about) },
      ask: async (id) => asks.find(({ ask_id }) => ask_id === id),
      signal: ending.signal,
    });
  return { home, open, push: open(), warned, slept };
}

const opened = (ask_id: string) => [{ type: "ask.opened", data: { ask_id } }];
const permission: AskRow = {
  ask_id: "ask_1",
  kind: "permission",
  state: "open",
  is_held: true,
  tool: "Bash",
  agent: "main",
  session: "Parser",
  prompt: "npm test",
};

test("an ask that stays open reaches the browser, readable by it alone, signed by this daemon", async (t) => {
  const service = await pushService(t);
  const { push, slept } = setUp(t, service.origin, [{ ...permission, deadline: "2026-11-21T00:10:00Z" }]);
  push.noted(opened("ask_1"));
  const browser = await push.handlers["push.add"](service.subscription, caller);
  assert.deepEqual([browser.service, browser.created_by], [new URL(service.origin).host, "ana"]);
  push.noted(opened("ask_1"));
  await until("the message", () => service.taken.length > 0);
  assert.equal(service.taken.length, 1, "before anybody subscribed, nobody was called");
  const [message] = service.taken;
  assert.ok(!message!.body.includes("npm test"));
  assert.deepEqual(service.read(message!), {
    id: "ask_1",
    path: "/inbox?ask=ask_1",
    title: "Bash · main, Parser",
    body: "npm test",
    actions: [
      { action: "yes", title: "Allow", answer: { decision: "allow" } },
      { action: "no", title: "Deny", answer: { decision: "deny" } },
    ],
  });
  const { ttl, urgency, topic, authorization } = message!.headers as Record<string, string>;
  assert.deepEqual([ttl, urgency], ["600", "high"]);
  assert.match(topic!, /^[\w-]{32}$/);
  assert.deepEqual(slept, [2_000]);

  const { token, key } = /^vapid t=(?<token>[^,]+), ?k=(?<key>.+)$/.exec(authorization!)!.groups!;
  const { public_key } = await push.handlers["push.list"]({}, caller);
  assert.equal(key, public_key);
  const raw = Buffer.from(key!, "base64url");
  const publicKey = createPublicKey({
    format: "jwk",
    key: { kty: "EC", crv: "P-256", x: raw.subarray(1, 33).toString("base64url"), y: raw.subarray(33).toString("base64url") },
  });
  const [header, claims, signature] = token!.split(".");
  assert.ok(
    verify(
      "sha256",
      Buffer.from(`${header}.${claims}`),
      { key: publicKey, dsaEncoding: "ieee-p1363" },
      Buffer.from(signature!, "base64url"),
    ),
  );
  assert.equal((JSON.parse(Buffer.from(claims!, "base64url").toString()) as { aud: string }).aud, service.origin);
});

test("an alert reaches the browser with why, what to do and where its subject is", async (t) => {
  const service = await pushService(t);
  const { push } = setUp(t, service.origin);
  await push.handlers["push.add"](service.subscription, caller);
  const alert = { alert_id: "alr_1", rule_id: "stuck", kind: "stuck", subject: "ses_a agt_b", why: "It hangs.", advice: "Look." } as const;
  push.raised({ ...alert, raised_at: "2026-11-21T00:00:00Z", session_id: "ses_a", agent_id: "agt_b" });
  await until("the message", () => service.taken.length > 0);
  const [message] = service.taken;
  assert.deepEqual(service.read(message!), {
    id: "alr_1",
    actions: [],
    title: "Alert: stuck",
    body: "It hangs. Look.",
    path: "/?agent=ses_a%20agt_b",
  });
  assert.equal(message!.headers["ttl"], "14400");
});

test("an ask that was answered meanwhile is told to nobody", async (t) => {
  const service = await pushService(t);
  const { push } = setUp(t, service.origin, [
    { ...permission, state: "closed" },
    { ...permission, ask_id: "ask_2" },
  ]);
  await push.handlers["push.add"](service.subscription, caller);
  push.noted([...opened("ask_1"), ...opened("ask_2")]);
  await until("the open one", () => service.taken.length > 0);
  assert.deepEqual(
    service.taken.map((message) => service.read(message).id),
    ["ask_2"],
  );
});

test("a service in trouble is tried again; one that refuses is not, and its browser says why; a subscription that is gone is let go", async (t) => {
  const service = await pushService(t, [503, 429, 201, 403, 410]);
  const { push, slept, warned } = setUp(t, service.origin, [permission]);
  const { browser_id } = await push.handlers["push.add"](service.subscription, caller);
  const browser = async () => (await push.handlers["push.list"]({}, caller)).items[0];
  push.noted(opened("ask_1"));
  await until("the third attempt was taken", async () => (await browser())?.last_told_at !== undefined);
  assert.deepEqual([service.taken.length, slept], [3, [2_000, 1_000, 2_000]]);
  assert.match((await push.handlers["push.test"]({ browser_id }, caller)).problem ?? "", /answered 403/);
  await push.handlers["push.test"]({ browser_id }, caller);
  assert.equal(await browser(), undefined);
  assert.equal(warned.length, 2);
});

test("a restart keeps key and browsers; a browser that subscribes again is the same one; taken off, it is called no more", async (t) => {
  const { home, push, open } = setUp(t, "updates.push.services.mozilla.com,*.push.apple.com");
  const keys = { p256dh: createECDH("prime256v1").generateKeys("base64url"), auth: randomBytes(16).toString("base64url") };
  const { browser_id } = await push.handlers["push.add"]({ endpoint: FIREFOX, keys, label: "Firefox" }, caller);
  await push.handlers["push.add"]({ endpoint: "https://web.push.apple.com/x", keys, label: "Safari" }, caller);
  const { public_key } = await push.handlers["push.list"]({}, caller);
  assert.equal(statSync(join(home, "push.json")).mode & 0o777, 0o600);
  const again = open();
  await again.handlers["push.add"]({ endpoint: FIREFOX, keys, label: "Firefox at work" }, caller);
  const { items, public_key: same } = await again.handlers["push.list"]({}, caller);
  assert.equal(same, public_key);
  assert.deepEqual(
    items.map(({ label }) => label),
    ["Safari", "Firefox at work"],
  );
  assert.ok(!JSON.stringify(items).includes("wpush"), "whoever may read cannot send in its place");
  assert.equal((await again.handlers["push.remove"]({ browser_id }, caller)).label, "Firefox at work");
  await assert.rejects(async () => again.handlers["push.remove"]({ browser_id }, caller), OrreryError);
  assert.match(readFileSync(join(home, "push.json"), "utf8"), /Safari/);
});

test("only push services are called", async (t) => {
  const { push } = setUp(t, "updates.push.services.mozilla.com,*.push.apple.com,http://127.0.0.1:9000");
  const keys = { p256dh: "x", auth: "y" };
  for (const endpoint of [
    "https://example.org/x",
    "http://updates.push.services.mozilla.com/x",
    "https://updates.push.services.mozilla.com:8443/x",
    "https://updates.push.services.mozilla.com.example.org/x",
    "https://push.apple.com.example.org/",
    "http://127.0.0.1:9001/x",
    "http://169.254.169.254/latest",
  ])
    await assert.rejects(async () => push.handlers["push.add"]({ endpoint, keys, label: "x" }, caller), { code: "BAD_INPUT" }, endpoint);
});

test("what a notification can answer: yes and no, only no where the risk is high, nothing to a question or where nobody waits", () => {
  const titles = (ask: Partial<AskRow>) => noticeOf({ ...permission, ...ask }).actions.map(({ title }) => title);
  assert.deepEqual(titles({}), ["Allow", "Deny"]);
  assert.deepEqual(titles({ kind: "gate" }), ["Approve", "Deny"]);
  assert.deepEqual(noticeOf({ ...permission, kind: "gate" }).actions[1]!.answer, { approved: false });
  for (const risk of ["high", "critical", "High"]) assert.deepEqual(titles({ risk }), ["Deny"]);
  assert.deepEqual([titles({ kind: "question" }), titles({ is_held: false }), titles({ state: "closed" })], [[], [], []]);
  assert.equal(noticeOf({ ...permission, prompt: "x".repeat(5_000) }).body.length, 600);
  assert.deepEqual(titles({ prompt: "x".repeat(400) }), ["Deny"], "what does not stand there whole is looked at first");
  assert.match(noticeOf({ ...permission, prompt: "Run it", subject: "rm -r build" }).body, /^(High risk\. )?rm -r build\nRun it$/);
});
