/// <reference lib="dom" />
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { seriousFaults } from "./axe.ts";
import { launchBrowser } from "./browser.ts";
import { makePlace, startDaemon, until, type RunningDaemon } from "./daemon.ts";

const SESSION = "ses_states";
/** What the client says of an error of the daemon that has no words of its own. */
const FAILED = "Orrery made a mistake";
/** Long enough ago that nothing of it is in the picture of now: lists have to be asked for. */
const START = Date.now() - 26 * 3_600_000;
const at = (ms: number): string => new Date(START + ms).toISOString();
const told = (type: string, ms: number, data: object) => ({
  type,
  source: "test/hook",
  session_id: SESSION,
  agent_id: "agt_main",
  timestamp: at(ms),
  data,
});
const story = [
  told("session.started", 0, { app: "test", title: "Story of states", project: "states" }),
  told("turn.started", 100, { turn_id: "trn_1", prompt: "Walk every state" }),
  told("tool.started", 1_000, { call_id: "call_1", name: "Bash", title: "npm test" }),
  told("tool.ended", 2_000, { call_id: "call_1", outcome: "error", error: "2 failed" }),
  told("ask.opened", 2_100, { ask_id: "ask_states", kind: "gate", prompt: "Bend the oxbow?" }),
  told("ask.answered", 2_200, { ask_id: "ask_states", outcome: "allowed", by: "user" }),
  told("model.responded", 2_500, { request_id: "req_1", model: "claude-opus-5-5", usage: { input: 900, output: 100 } }),
  told("message.added", 3_000, { message_id: "msg_1", role: "assistant", parts: [{ kind: "text", text: "Two tests fail at the oxbow." }] }),
];

interface Ids {
  readonly ask: string;
  readonly ticket: string;
}

/** Every screen: where it is, what teaches when nothing has come yet, what it shows of the story. */
interface Screen {
  readonly name: string;
  readonly path: string;
  readonly first: string;
  readonly shows: string;
  /** A filter that leaves nothing, and what takes it away. Session and System have none. */
  readonly filtered?: { readonly path: string; readonly clear: string };
  /** What changes something there, by role and name: off for who may only look on. `at` is the address that shows it, of the ask and the ticket. */
  readonly changes?: {
    readonly at?: (ids: Ids) => string;
    readonly controls: readonly (readonly ["button" | "checkbox" | "textbox" | "combobox", string])[];
  };
  /** The request that fails, and the address that asks it. */
  readonly fails: { readonly request: string; readonly path?: string };
}
const screens: readonly Screen[] = [
  {
    name: "live",
    path: "/",
    first: "orrery connect claude",
    shows: "All quiet",
    filtered: { path: "/?session=ses_nobody", clear: "Show all sessions" },
    fails: { request: "**/api/state?**", path: `/?at=${at(2_200)}` },
  },
  {
    name: "inbox",
    path: "/inbox",
    first: "orrery connect claude --answer",
    shows: "Bend the oxbow?",
    filtered: { path: "/inbox?agent=zzzz", clear: "Clear the filter" },
    changes: {
      at: ({ ask }) => `/inbox?ask=${ask}`,
      controls: ["Allow once", "Deny", "Deny with guidance", "Allow with edits"].map((name) => ["button", name] as const),
    },
    fails: { request: "**/api/asks?**" },
  },
  {
    name: "sessions",
    path: "/sessions",
    first: "orrery connect claude",
    shows: "Story of states",
    filtered: { path: "/sessions?q=zzzz", clear: "Clear the filter" },
    fails: { request: "**/api/sessions?**" },
  },
  {
    name: "session",
    path: `/sessions/${SESSION}`,
    first: "not known here",
    shows: "at the oxbow",
    fails: { request: "**/api/events?**" },
  },
  {
    name: "traces",
    path: "/traces",
    first: "orrery connect claude",
    shows: "npm test",
    filtered: { path: "/traces?tool=zzzz", clear: "Clear the filters" },
    fails: { request: "**/api/calls?**" },
  },
  {
    name: "waterfall",
    path: `/traces?session=${SESSION}`,
    first: "This session cannot be shown as a waterfall",
    shows: "npm test",
    filtered: { path: `/traces?session=${SESSION}&tool=zzzz`, clear: "Clear the filters" },
    fails: { request: "**/trace?**" },
  },
  {
    name: "search",
    path: "/search?q=oxbow",
    first: "Nothing is found",
    shows: "Two tests fail",
    filtered: { path: "/search?q=oxbow&project=zzzz", clear: "Clear the filters" },
    fails: { request: "**/api/search?**" },
  },
  {
    name: "money",
    path: "/money",
    first: "orrery connect claude",
    shows: "opus-5.5",
    filtered: { path: "/money?project=zzzz", clear: "Clear the filter" },
    changes: {
      controls: [
        ["button", "New budget"],
        ["button", "Edit budget bud_day"],
        ["button", "Delete budget bud_day"],
      ],
    },
    fails: { request: "**/api/usage?**" },
  },
  {
    name: "work",
    path: "/work",
    first: "orrery tickets create",
    shows: "Mend the parser",
    filtered: { path: "/work?q=zzzz", clear: "Clear the filter" },
    changes: {
      at: ({ ticket }) => `/work?ticket=${ticket}`,
      controls: [
        ["button", "New ticket"],
        ["button", "Edit ticket"],
        ["combobox", "Status"],
        ["combobox", "Session to link"],
        ["button", "Link session"],
        ["button", `Unlink ${SESSION}`],
      ],
    },
    fails: { request: "**/api/tickets?**" },
  },
  {
    name: "system",
    path: "/system",
    first: "orrery connect claude",
    shows: "Memory",
    changes: {
      controls: [
        ["checkbox", "Watch for stuck"],
        ["button", "Read again"],
        ["textbox", "Name of the new token"],
        ["button", "Make token"],
      ],
    },
    fails: { request: "**/api/status" },
  },
];

const place = makePlace();
let daemon: RunningDaemon;
let browser: Browser;
let page: Page;
const faults: string[] = [];

before(async () => {
  daemon = await startDaemon(place);
  browser = await launchBrowser();
  page = await fresh();
});

after(async () => {
  await browser.close();
  await daemon.kill("SIGKILL");
  place.remove();
});

async function fresh(): Promise<Page> {
  const made = await browser.newPage({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce", colorScheme: "dark" });
  made.on("pageerror", (error) => faults.push(String(error)));
  return made;
}

const says = (words: string, on = page): Promise<boolean> =>
  on
    .locator("main")
    .innerText()
    .then((all) => all.includes(words));
const live = (): Promise<unknown> => until("live", () => page.locator("[data-testid=connection][data-state=live]").isVisible());

async function shows(screen: Screen, words: string, on = page): Promise<void> {
  await until(`${screen.name}: ${words}`, () => says(words, on)).catch(async () =>
    assert.fail(`${screen.name} does not say “${words}”: ${(await on.locator("main").innerText()).slice(0, 300)}`),
  );
}

/** Goes to a button with the Tab key alone, and presses it. */
async function pressByKeyboard(name: string): Promise<void> {
  await page.locator("main").getByRole("button", { name, exact: true }).waitFor();
  for (let presses = 0; presses < 120; presses++) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");
    if (focused === name) return page.keyboard.press("Enter");
  }
  assert.fail(`Tab does not lead to “${name}”`);
}

/** In both themes. */
async function isSound(what: string, on = page): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await on.emulateMedia({ colorScheme });
    assert.deepEqual(await seriousFaults(on), [], `${what}, ${colorScheme}`);
  }
}

for (const screen of screens)
  test(`${screen.name}, first run: it says what it is for and what to do`, async () => {
    await page.goto(daemon.url + screen.path);
    await live();
    await shows(screen, screen.first);
    await isSound(`${screen.name}, first run`);
  });

test("a story is told", async () => {
  const headers = { "content-type": "application/json" };
  const reply = await fetch(`${daemon.url}/api/events`, { method: "POST", headers, body: JSON.stringify(story) });
  assert.equal(((await reply.json()) as { stored: number }).stored, story.length);
  const ticket = await fetch(`${daemon.url}/api/tickets`, { method: "POST", headers, body: JSON.stringify({ title: "Mend the parser" }) });
  assert.ok(ticket.ok);
});

for (const screen of screens) {
  test(`${screen.name}, loading: its bones, not an empty page`, async () => {
    const slow = await fresh();
    await slow.routeWebSocket(/.*/, () => undefined);
    await slow.route("**/api/**", () => undefined);
    await slow.goto(daemon.url + screen.path);
    await until(`${screen.name} is busy`, () => slow.locator("main [aria-busy=true]").first().isVisible());
    assert.ok(!(await says("No session", slow)), "nobody knows that yet");
    await isSound(`${screen.name}, loading`, slow);
    await slow.close();
  });

  test(`${screen.name}, with the story`, async () => {
    await page.goto(daemon.url + screen.path);
    await live();
    await shows(screen, screen.shows);
    await isSound(`${screen.name}, with the story`);
  });

  const { filtered, fails } = screen;
  if (filtered !== undefined)
    test(`${screen.name}, empty after a filter: which, and a key away from none`, async () => {
      await page.goto(daemon.url + filtered.path);
      await live();
      await until(`the way out of the filter of ${screen.name}`, () => says(filtered.clear));
      await isSound(`${screen.name}, filtered`);
      await pressByKeyboard(filtered.clear);
      await shows(screen, screen.shows);
    });

  test(`${screen.name}, error: what, why, and it is tried again by key`, async () => {
    await page.route(fails.request, (route) =>
      route.fulfill({
        status: 500,
        contentType: "application/json",
        body: JSON.stringify({ error: { code: "INTERNAL", message: "disk" } }),
      }),
    );
    await page.goto(daemon.url + (fails.path ?? screen.path));
    await live();
    await shows(screen, FAILED);
    assert.ok(await page.locator("main [role=alert]").first().isVisible());
    await isSound(`${screen.name}, error`);
    await page.unroute(fails.request);
    await pressByKeyboard("Try again");
    await until(`${screen.name} again`, async () => !(await says(FAILED)));
  });

  test(`${screen.name}, replaying: the brass frame, and one key back`, async () => {
    await page.goto(`${daemon.url}${screen.path}${screen.path.includes("?") ? "&" : "?"}at=${at(4_000)}`);
    await live();
    await until("the brass frame", () => page.locator(".shell[data-past]").isVisible());
    await until("the Live button", () => page.getByTestId("live-button").isEnabled());
    await isSound(`${screen.name}, replaying`);
    if (screen.name === "search") await page.keyboard.press("Escape");
    // Chromium drops keys for a moment after a page has loaded.
    await until("the present", async () => {
      await page.keyboard.press("l");
      return !page.url().includes("at=") && !(await page.locator(".shell[data-past]").isVisible());
    });
  });
}

test("on a phone the list of sessions is as wide as the window, also where one was last seen days ago", async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${daemon.url}/sessions`);
  await until("the session", () => says("Story of states"));
  assert.equal(await page.locator(".page").evaluate((element) => element.scrollWidth), 390);
  await page.setViewportSize({ width: 1440, height: 900 });
});

test("who may only look on sees every screen, and each thing that changes something is off and says why", async () => {
  const send = async <T>(path: string, body: unknown, method = "POST"): Promise<T> => {
    const reply = await fetch(`${daemon.url}/api${path}`, {
      method,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    assert.ok(reply.ok, `${path} ${reply.status}`);
    const said = await reply.text();
    return (said === "" ? {} : JSON.parse(said)) as T;
  };
  const asked = { kind: "permission", tool: "Bash", prompt: "npm publish", input: { command: "npm publish" } };
  const { ask_id: ask } = await send<{ ask_id: string }>("/asks", asked);
  const { ticket_id: ticket } = await send<{ ticket_id: string }>("/tickets", { title: "Look on" });
  await send(`/tickets/${ticket}/links`, { session_id: SESSION });
  await send("/budgets/bud_day", { scope: "day", limit_usd: 5 }, "PUT");
  await send("/ingest/claude-code", { session_id: "states-unknown", hook_event_name: "NeverHeardOf" });
  const { token } = await send<{ token: string }>("/tokens", { name: "wall", scope: "read" });

  const watcher = await fresh();
  const sent: string[] = [];
  // How it draws is no change of anything.
  const isChange = (method: string, url: string) => method !== "GET" && !url.endsWith("/api/telemetry");
  watcher.on("request", (request) => isChange(request.method(), request.url()) && sent.push(`${request.method()} ${request.url()}`));
  await watcher.request.post(`${daemon.url}/api/login`, { data: { token } });
  for (const { name, path, shows: words, changes } of screens) {
    await watcher.goto(daemon.url + (changes?.at?.({ ask, ticket }) ?? path));
    await until(`${name} says that one looks on`, () => watcher.getByTestId("looking-on").isVisible());
    if (changes === undefined) await shows({ name } as Screen, words, watcher);
    for (const [role, label] of changes?.controls ?? []) {
      const control = watcher.locator("main").getByRole(role, { name: label, exact: true }).first();
      await until(`${name} shows “${label}”`, () => control.isVisible());
      assert.ok(await control.isDisabled(), `${name}: “${label}” can be used`);
    }
    if (changes !== undefined) {
      const why = await watcher.getByTestId("why-not").first().innerText();
      assert.match(why, /“wall” may only look on\. This needs one of scope (control|admin)\./, name);
      for (const key of ["y", "n", "d", "x", "*"]) await watcher.keyboard.press(key);
      assert.equal(await watcher.getByRole("form", { name: /New ticket|Deny with guidance/ }).count(), 0, name);
    }
    await isSound(`${name}, looking on`, watcher);
  }
  assert.deepEqual(sent, []);
  await watcher.close();
});

test("disconnected, every screen keeps its picture, dimmed, says of when it is, and comes back", async () => {
  for (const { path, name } of screens) {
    await page.goto(daemon.url + path);
    await until(name, () => page.locator("main h1, main h2").first().isVisible());
  }
  const port = Number(new URL(daemon.url).port);
  await page.goto(daemon.url);
  await live();
  // Screens are loaded when they are first gone to: as on a page that has been in use.
  for (const screen of screens) {
    await goInside(screen.path);
    await shows(screen, screen.shows);
  }
  await daemon.kill("SIGKILL");
  for (const screen of screens.toReversed()) {
    await goInside(screen.path);
    await until(`${screen.name} says that it is old`, () => page.getByTestId("offline").isVisible());
    assert.ok(await page.locator(".shell__main[data-frozen]").isVisible());
    await isSound(`${screen.name}, disconnected`);
  }
  daemon = await startDaemon(place, { port });
  await until("connected again", () => page.locator("[data-testid=connection][data-state=live]").isVisible());
  await until("no word of it any more", async () => !(await page.getByTestId("offline").isVisible()));
});

/** To another screen without loading the page. */
async function goInside(path: string): Promise<void> {
  await page.evaluate((to) => {
    history.pushState({}, "", to);
    dispatchEvent(new PopStateEvent("popstate"));
  }, path);
}

test("nothing failed on any screen in any state", () => {
  assert.deepEqual(faults, []);
});
