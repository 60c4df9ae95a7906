// Takes the pictures of docs/img anew: every screen in dark at three sizes and in light at the first, and the states of Live and Sessions. Needs
// Chromium and cwebp.
//   npm run screenshots            all of them; pictures that are no longer made are deleted
//   npm run screenshots -- money   those whose name contains "money"
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { launchBrowser } from "../test/e2e/browser.ts";
import { makePlace, startDaemon, type RunningDaemon } from "../test/e2e/daemon.ts";
import { cartStory, constellationStory, earlierStory } from "./screenshot-story.ts";

const QUALITY = "78";
const SETTLED_MS = 1_400;
const FOLDER = join(import.meta.dirname, "../docs/img");
const only = process.argv[2] ?? "";

type Scheme = "dark" | "light";
const desk = { width: 1_440, height: 900 };
const small = { width: 1_100, height: 800 };
const phone = { width: 390, height: 844 };

interface Picture {
  readonly name: string;
  readonly path: string;
  /** Before the page is there. */
  readonly prepare?: (page: Page) => Promise<unknown>;
  readonly act?: (page: Page) => Promise<unknown>;
}

const scratch = mkdtempSync(join(tmpdir(), "orrery-shots-"));
const browser = await launchBrowser();
const closing: (() => Promise<unknown>)[] = [];
const made = new Set<string>();
const gone = new Set<RunningDaemon>();
try {
  const daemon = await open();
  for (const story of [cartStory(Date.now()), ...earlierStory(Date.now())]) await tell(daemon, "events", story);
  await makeTickets(daemon);
  await makeAsks(daemon);
  await tell(daemon, "budgets/bud_day", { scope: "day", limit_usd: 8 }, "PUT");
  const session = await sessionCalled(daemon, "Discounts");
  await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
  const screens: readonly Picture[] = [
    { name: "live", path: "/?trail=true", act: selectAgent },
    { name: "inbox", path: "/inbox", act: (page) => page.getByText("npm publish").first().click() },
    { name: "sessions", path: "/sessions" },
    { name: "session", path: `/sessions/${session}` },
    { name: "traces", path: `/traces?session=${session}` },
    { name: "traces-table", path: "/traces" },
    { name: "traces-groups", path: "/traces?by=tool" },
    { name: "search", path: "/search?q=cart" },
    { name: "money", path: "/money" },
    { name: "work", path: "/work?ticket=tkt_1" },
    { name: "system", path: "/system" },
  ];
  for (const screen of screens) {
    for (const viewport of [desk, small]) await take(daemon, screen, "dark", viewport);
    // A panel would cover the phone's screen.
    const bare = { ...screen, path: screen.path.replace(/\?ticket=.*/, "") };
    delete (bare as { act?: unknown }).act;
    await take(daemon, bare, "dark", phone);
    await take(daemon, screen, "light", desk);
  }
  for (const scheme of ["dark", "light"] as const) {
    await take(daemon, { name: "past", path: "/?trail=true", act: stepBack }, scheme, desk);
    await take(daemon, { name: "palette", path: "/", act: (page) => page.keyboard.press("Control+k") }, scheme, desk);
  }

  const many = await open();
  for (const story of constellationStory(Date.now())) await tell(many, "events", story);
  await take(many, { name: "constellation", path: "/" }, "dark", desk);

  const nothing = await open();
  const broken = (page: Page) =>
    page.route("**/api/{state,sessions}?**", (route) =>
      route.fulfill({ status: 500, contentType: "application/json", body: '{"error":{"code":"INTERNAL","message":"The disk is full"}}' }),
    );
  const silent = async (page: Page) => {
    await page.routeWebSocket(/.*/, () => undefined);
    await page.route("**/api/**", () => undefined);
  };
  const yesterday = new Date(Date.now() - 86_400_000).toISOString();
  const ago = new Date(Date.now() - 90_000).toISOString();
  for (const { name, path } of [
    { name: "live", path: "/" },
    { name: "sessions", path: "/sessions" },
  ]) {
    await take(nothing, { name: `${name}-empty`, path }, "dark", desk);
    await take(daemon, { name: `${name}-loading`, path, prepare: silent }, "dark", desk);
    await take(nothing, { name: `${name}-error`, path: name === "live" ? `${path}?at=${yesterday}` : path, prepare: broken }, "dark", desk);
  }
  await take(daemon, { name: "sessions-past", path: `/sessions?at=${ago}` }, "dark", desk);
  // The last ones: what they show is that the daemon is gone.
  const pages = [];
  for (const path of ["/?trail=true", "/sessions"]) {
    const page = await browser.newPage({ viewport: desk, colorScheme: "dark" });
    await page.goto(daemon.url + path);
    await arrived(page);
    await page.waitForTimeout(SETTLED_MS);
    pages.push(page);
  }
  await daemon.kill("SIGKILL");
  gone.add(daemon);
  for (const [index, page] of pages.entries()) {
    await page.getByTestId("offline").waitFor();
    await keep(page, `${["live", "sessions"][index]}-offline-dark-${desk.width}`);
  }
  if (only === "") for (const file of readdirSync(FOLDER)) if (!made.has(file)) rmSync(join(FOLDER, file));
} finally {
  await browser.close();
  for (const close of closing) await close();
  rmSync(scratch, { recursive: true });
}

async function open(): Promise<RunningDaemon> {
  const place = makePlace();
  const daemon = await startDaemon(place);
  closing.push(async () => {
    // One of them was killed for a picture.
    if (!gone.has(daemon)) await daemon.kill("SIGTERM");
    place.remove();
  });
  return daemon;
}

async function take(
  { url }: RunningDaemon,
  { name, path, prepare, act }: Picture,
  colorScheme: Scheme,
  viewport: { width: number; height: number },
): Promise<void> {
  const file = `${name}-${colorScheme}-${viewport.width}`;
  if (!file.includes(only)) return;
  const page = await browser.newPage({ viewport, colorScheme });
  await prepare?.(page);
  await page.goto(url + path);
  if (prepare === undefined) await arrived(page);
  await page.waitForTimeout(SETTLED_MS);
  await act?.(page);
  await page.waitForTimeout(SETTLED_MS / 2);
  await keep(page, file);
}

/** The page is live, and nothing on it still loads. */
async function arrived(page: Page): Promise<void> {
  await page.locator("[data-testid=connection][data-state=live], .shell[data-past]").first().waitFor();
  await page.locator("main [aria-busy=true]").first().waitFor({ state: "detached" });
}

async function keep(page: Page, file: string): Promise<void> {
  made.add(`${file}.webp`);
  if (file.includes(only)) {
    const png = join(scratch, `${file}.png`);
    await page.screenshot({ path: png });
    execFileSync("cwebp", ["-quiet", "-q", QUALITY, "-m", "6", png, "-o", join(FOLDER, `${file}.webp`)]);
    console.log(file);
  }
  await page.close();
}

async function sessionCalled({ url }: RunningDaemon, words: string): Promise<string> {
  const { items } = (await (await fetch(`${url}/api/sessions`)).json()) as { items: { session_id: string; title: string }[] };
  return items.find(({ title }) => title.includes(words))!.session_id;
}

async function makeTickets(at: RunningDaemon): Promise<void> {
  const tickets = [
    { title: "Parser drops the last line", priority: "high", tags: ["bug"], status: "in_progress" },
    { title: "Speed up the import of long transcripts", tags: ["import"] },
    { title: "Say in the guide what a past moment means", tags: ["docs"] },
  ];
  for (const ticket of tickets) await tell(at, "tickets", ticket);
}

async function makeAsks(at: RunningDaemon): Promise<void> {
  const session_id = "ses_cart";
  const edit = { file_path: "src/cart/total.ts", old_string: "let total = 0;", new_string: "const total = sum(items) - discounts(items);" };
  const asks = [
    {
      kind: "permission",
      tool: "Bash",
      prompt: "npm publish --tag next",
      input: { command: "npm publish --tag next --access public", description: "Publish the package" },
      risk: "high",
      deadline_ms: 600_000,
      session_id,
      agent_id: "agt_e2e",
    },
    { kind: "permission", tool: "Edit", prompt: "src/cart/total.ts", input: edit, session_id, agent_id: "agt_migrate" },
    {
      prompt: "Which region should the preview run in?",
      options: [
        { id: "eu", label: "Europe" },
        { id: "us", label: "America" },
      ],
    },
  ];
  for (const ask of asks) await tell(at, "asks", ask);
}

async function tell({ url }: RunningDaemon, path: string, body: unknown, method = "POST"): Promise<void> {
  const reply = await fetch(`${url}/api/${path}`, {
    method,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!reply.ok) throw new Error(`${path} refused: ${await reply.text()}`);
}

async function selectAgent(page: Page): Promise<void> {
  await page
    .locator("[data-testid='agent-row-agt_reviewer'] button")
    .first()
    .evaluate((button) => (button as unknown as { click(): void }).click());
}

/** Some events back, so that something is under way. */
async function stepBack(page: Page): Promise<void> {
  for (let count = 0; count < 30; count++) {
    await page.keyboard.press(",");
    await page.waitForTimeout(180);
  }
}
