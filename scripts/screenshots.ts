// Takes the pictures of docs/img anew: every screen in dark and light at 1440×900, and Live and the Inbox on a phone. Needs Chromium and cwebp.
//   npm run screenshots            all of them
//   npm run screenshots -- money   those whose name contains "money"
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { launchBrowser } from "../test/e2e/browser.ts";
import { makePlace, startDaemon, type RunningDaemon } from "../test/e2e/daemon.ts";
import { cartStory } from "./screenshot-story.ts";

const QUALITY = "82";
const SETTLED_MS = 1_600;
const only = process.argv[2] ?? "";

interface Picture {
  readonly name: string;
  readonly path: string;
  readonly act?: (page: Page) => Promise<void>;
}

const place = makePlace();
const daemon = await startDaemon(place);
const scratch = mkdtempSync(join(tmpdir(), "orrery-shots-"));
const browser = await launchBrowser();
try {
  await tell(daemon, "events", cartStory(Date.now()));
  await makeTickets(daemon);
  await makeAsks(daemon);
  const session = await sessionCalled("Discounts");
  await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
  const pictures: readonly Picture[] = [
    { name: "live", path: "/?trail=true", act: selectAgent },
    { name: "inbox", path: "/inbox", act: (page) => page.getByText("npm publish").first().click() },
    { name: "sessions", path: "/sessions" },
    { name: "session", path: `/sessions/${session}` },
    { name: "traces", path: `/traces?session=${session}` },
    { name: "search", path: "/search?q=cart" },
    { name: "money", path: "/money" },
    { name: "work", path: "/work" },
    { name: "system", path: "/system" },
    { name: "past", path: "/?trail=true", act: stepBack },
    { name: "palette", path: "/", act: (page) => page.keyboard.press("Control+k") },
  ];
  for (const scheme of ["dark", "light"] as const) {
    for (const picture of pictures) await take(picture, scheme, { width: 1_440, height: 900 });
    for (const name of ["live", "inbox"])
      await take({ name, path: name === "live" ? "/?trail=true" : "/inbox" }, scheme, { width: 390, height: 844 });
  }
} finally {
  await browser.close();
  await daemon.kill("SIGTERM");
  place.remove();
  rmSync(scratch, { recursive: true });
}

async function take(
  { name, path, act }: Picture,
  colorScheme: "dark" | "light",
  viewport: { width: number; height: number },
): Promise<void> {
  const file = `${name}-${colorScheme}-${viewport.width}`;
  if (!file.includes(only)) return;
  const page = await browser.newPage({ viewport, colorScheme });
  await page.goto(daemon.url + path);
  await page.waitForTimeout(SETTLED_MS);
  await act?.(page);
  await page.waitForTimeout(SETTLED_MS / 2);
  const png = join(scratch, `${file}.png`);
  await page.screenshot({ path: png });
  await page.close();
  const webp = join(import.meta.dirname, "../docs/img", `${file}.webp`);
  execFileSync("cwebp", ["-quiet", "-q", QUALITY, "-m", "6", png, "-o", webp]);
  console.log(webp);
}

async function sessionCalled(words: string): Promise<string> {
  const { items } = (await (await fetch(`${daemon.url}/api/sessions`)).json()) as { items: { session_id: string; title: string }[] };
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

async function tell({ url }: RunningDaemon, path: string, body: unknown): Promise<void> {
  const reply = await fetch(`${url}/api/${path}`, {
    method: "POST",
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
