/// <reference lib="dom" />
// Notifications about asks and alerts: through a push service on this machine, decrypted as a browser does, given to the page's worker, answered by its buttons.
import assert from "node:assert/strict";
import { createECDH, randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import httpEce from "http_ece";
import type { Browser, BrowserContext, Page, Worker } from "playwright-core";
import { createClient, type Client } from "../../src/client/index.ts";
import type { Notice } from "../../src/contract/operations/push.ts";
import { launchBrowser } from "./browser.ts";
import { makePlace, startDaemon, until, type RunningDaemon } from "./daemon.ts";

const place = makePlace();
const keys = createECDH("prime256v1");
const auth = randomBytes(16);
const pushed: Notice[] = [];
let service: Server;
let daemon: RunningDaemon;
let client: Client;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let worker: Worker;
let deliver: (data: Notice) => Promise<void>;

before(async () => {
  service = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const words = httpEce.decrypt(Buffer.concat(parts), {
        version: "aes128gcm",
        privateKey: keys,
        authSecret: auth.toString("base64url"),
      });
      pushed.push(JSON.parse(words.toString()) as Notice);
      response.writeHead(201).end();
    });
  });
  await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
  daemon = await startDaemon(place, { env: { ORRERY_PUSH_SERVICES: origin } });
  client = createClient({ url: daemon.url });
  await client.push.add({
    endpoint: `${origin}/send`,
    keys: { p256dh: keys.generateKeys("base64url"), auth: auth.toString("base64url") },
    label: "A browser",
  });
  browser = await launchBrowser();
  context = await browser.newContext({ permissions: ["notifications"] });
  page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  const registered = new Promise<string>((resolve) => {
    cdp.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const own = registrations.find(({ scopeURL }) => scopeURL.startsWith(daemon.url));
      if (own !== undefined) resolve(own.registrationId);
    });
  });
  await cdp.send("ServiceWorker.enable");
  await page.goto(`${daemon.url}/inbox`);
  const registrationId = await registered;
  worker = context.serviceWorkers()[0] ?? (await context.waitForEvent("serviceworker"));
  await page.evaluate(() => navigator.serviceWorker.ready);
  deliver = async (data) => {
    await cdp.send("ServiceWorker.deliverPushMessage", { origin: daemon.url, registrationId, data: JSON.stringify(data) });
  };
});

after(async () => {
  await browser.close();
  await daemon.kill("SIGKILL");
  service.close();
  place.remove();
});

interface Shown {
  readonly title: string;
  readonly body: string;
}

const shown = (): Promise<Shown[]> =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    return (await registration.getNotifications()).map(({ title, body }) => ({ title, body }));
  });

/** Delivers a notice until it is shown: under load Chromium loses one now and then. */
async function notified(notice: Notice): Promise<void> {
  let deliveredMs = -Infinity;
  await until("the notification", async () => {
    if ((await shown()).some(({ body }) => body === notice.body)) return true;
    if (performance.now() - deliveredMs < 5_000) return false;
    deliveredMs = performance.now();
    await deliver(notice);
    return false;
  });
}

/** Presses the notification about an ask or alert, or one of its buttons. */
const press = (tag: string, action: string): Promise<void> =>
  worker.evaluate(
    async ([of, button]) => {
      const scope = self as unknown as {
        registration: ServiceWorkerRegistration;
        NotificationEvent: new (type: string, init: object) => Event;
        dispatchEvent(event: Event): boolean;
      };
      const [notification] = await scope.registration.getNotifications({ tag: of });
      scope.dispatchEvent(new scope.NotificationEvent("notificationclick", { notification, action: button }));
    },
    [tag, action] as const,
  );

async function asked(prompt: string, kind: "gate" | "question" = "gate"): Promise<Notice> {
  const { ask_id } = await client.asks.create({ prompt, kind });
  return until("it is pushed", () => pushed.find(({ id }) => id === ask_id));
}

/** The ask, once it is answered. */
const over = (ask_id: string) =>
  until("the answer", async () => {
    const ask = await client.asks.get({ ask_id });
    return ask.state === "closed" && ask;
  });

test("a hidden page notifies with the words of the ask, and of an alert, and counts in the title; a click leads to it", async () => {
  const other = await browser.newPage();
  const faults: string[] = [];
  other.on("pageerror", (error) => faults.push(String(error)));
  // A browser without workers, and headless Chromium shows no notifications: what the page hands over is kept instead.
  await other.addInitScript(() => {
    delete (Navigator.prototype as { serviceWorker?: unknown }).serviceWorker;
    const made: { title: string; body: string; target: EventTarget }[] = [];
    class Kept extends EventTarget {
      static permission = "granted";
      constructor(title: string, { body }: { body: string }) {
        super();
        made.push({ title, body, target: this });
      }
      close() {}
    }
    Object.assign(window, { Notification: Kept, made });
    Object.defineProperty(document, "hidden", { get: () => (window as { isAway?: boolean }).isAway === true });
  });
  const listed = other.waitForResponse((reply) => reply.url().includes("/api/asks?"));
  await other.goto(`${daemon.url}/sessions`);
  await until("live", () => other.locator("[data-testid=connection][data-state=live]").isVisible());
  await until("nothing open", async () => (await other.title()) === "Orrery");
  await listed;
  await other.evaluate("window.isAway = true");
  const { ask_id } = await client.asks.create({ kind: "gate", prompt: "Ship it tonight?" });
  await until("the title", async () => (await other.title()) === "(1) Orrery");
  const made = await other.evaluate<{ title: string; body: string }[]>("window.made.map(({ title, body }) => ({ title, body }))");
  assert.deepEqual(made, [{ title: "gate · local", body: "Ship it tonight?" }]);
  // Nothing is drawn while nobody can see it: an alert does not wait for a frame.
  await other.evaluate(
    "window.draw = requestAnimationFrame; window.waiting = []; window.requestAnimationFrame = (task) => waiting.push(task)",
  );
  await client.alerts.set_rule({ rule_id: "ships", kind: "event", types: ["x.test.shipped"] });
  await client.call("events.append", { events: [{ type: "x.test.shipped", source: "test/hook", session_id: "ses_ship", data: {} }] });
  const alert = await until(
    "the alert",
    async () => (await other.evaluate<{ title: string; body: string }[]>("window.made.map(({ title, body }) => ({ title, body }))"))[1],
  );
  assert.equal(alert.title, "Alert: event");
  assert.match(alert.body, /^x.test.shipped happened in ses_ship/);
  await other.evaluate("window.requestAnimationFrame = draw; waiting.forEach((task) => draw(task))");
  await other.evaluate("window.made[1].target.dispatchEvent(new Event('click'))");
  await until("the agent of the alert", () => new URL(other.url()).searchParams.get("agent") === "ses_ship agt_main");
  await other.evaluate("window.isAway = false; window.made[0].target.dispatchEvent(new Event('click'))");
  await other.locator(`[data-testid=ask-panel][data-ask="${ask_id}"]`, { hasText: "Ship it tonight?" }).waitFor();
  await other.locator("[data-testid=answer-tools] button:enabled").first().waitFor();
  await other.keyboard.press("n");
  assert.equal((await over(ask_id)).outcome, "denied");
  await until("the title again", async () => (await other.title()) === "Orrery");
  assert.deepEqual(faults, []);
  await other.close();
});

for (const [action, outcome] of [
  ["yes", "allowed"],
  ["no", "denied"],
] as const)
  test(`an ask that nobody answers is pushed, shown with its buttons, and ${outcome} by one of them`, async () => {
    const notice = await asked(`Deploy to production? ${action}`);
    assert.ok(notice.actions.some((each) => each.action === action));
    await notified(notice);
    await press(notice.id, action);
    const decided = await over(notice.id);
    assert.deepEqual([decided.outcome, decided.door], [outcome, "notification"]);
  });

test("who presses too late is told who was quicker", async () => {
  const notice = await asked("Merge?");
  await notified(notice);
  await client.asks.answer({ ask_id: notice.id, answer: { approved: true }, actor: "ana", door: "cli" });
  // What comes of it is a notification too, and can be lost as others are.
  let pressedMs = -Infinity;
  await until("what happened instead", async () => {
    if ((await shown()).some(({ body }) => /ana/.test(body))) return true;
    if (performance.now() - pressedMs < 5_000) return false;
    await notified(notice);
    pressedMs = performance.now();
    await press(notice.id, "no");
    return false;
  });
  assert.equal((await client.asks.get({ ask_id: notice.id })).outcome, "allowed");
});

test("the notification itself leads to the ask", async () => {
  const notice = await asked("Which branch?", "question");
  assert.deepEqual(notice.actions, []);
  await notified(notice);
  await page.goto(`${daemon.url}/money`);
  await page.locator("[data-testid=connection][data-state=live]").waitFor();
  await press(notice.id, "");
  await until("the ask on the page", () => new URL(page.url()).searchParams.get("ask") === notice.id);
});

test("an alert is pushed with why and what to do, and leads to the agent that it is about", async () => {
  await client.alerts.set_rule({ rule_id: "deploys", kind: "event", types: ["x.test.deployed"] });
  await client.call("events.append", {
    events: [{ type: "x.test.deployed", source: "test/hook", session_id: "ses_shop", agent_id: "agt_main", data: { to: "production" } }],
  });
  const notice = await until("it is pushed", () =>
    pushed.find(({ id, body }) => id.startsWith("alr_") && body.startsWith("x.test.deployed")),
  );
  assert.match(notice.body, /^x.test.deployed happened in ses_shop/);
  await notified(notice);
  await page.goto(`${daemon.url}/money`);
  await page.locator("[data-testid=connection][data-state=live]").waitFor();
  await press(notice.id, "");
  await until("the agent on the page", () => new URL(page.url()).searchParams.get("agent") === "ses_shop agt_main");
});

test("a browser that cannot be told while it is closed says so", async () => {
  // Nothing but the service of this test may be called, so that it fails with a network and without.
  await page.goto(`${daemon.url}/inbox`);
  await page.getByRole("button", { name: "Notify when closed" }).click();
  const said = page.getByRole("main").getByRole("alert");
  await said.waitFor();
  assert.match(await said.innerText(), /cannot be reached|cannot be told|no push service/);
});
