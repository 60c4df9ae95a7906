import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

const places = [process.env["ORRERY_CHROMIUM"], "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** As `until`: it only ends a test that would never end. */
const LIMIT_MS = 120_000;

/** The machine's own Chromium, headless, with nothing of it calling home. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = places.find((path) => path !== undefined && existsSync(path));
  if (executablePath === undefined) throw new Error("no Chromium found: install the package chromium, or set ORRERY_CHROMIUM");
  const browser = await chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  browser.on("context", (context) => context.setDefaultTimeout(LIMIT_MS));
  return browser;
}
