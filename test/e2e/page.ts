import assert from "node:assert/strict";
import { after } from "node:test";
import type { Browser, Page } from "playwright-core";
import { launchBrowser } from "./browser.ts";
import { makePlace, startDaemon, until, type Place, type RunningDaemon } from "./daemon.ts";

/** Events of one request. */
const BATCH = 500;

/** A daemon and a page that the tests of one file share. */
export interface OpenPage {
  readonly place: Place;
  /** A test may end it. */
  readonly daemon: RunningDaemon;
  readonly browser: Browser;
  readonly page: Page;
  /** What the page threw. */
  readonly faults: string[];
  /** Gives events to the daemon, all of which it must take; they are stored when this returns. */
  send(events: readonly object[]): Promise<void>;
  /** What the daemon answers at a path below `/api`. */
  read<T>(path: string): Promise<T>;
  /** Waits until the catalog holds all that the log does. */
  catalogued(): Promise<void>;
  /** Takes a picture into the folder ORRERY_SHOTS, if there is such a variable. */
  shot(name: string): Promise<void>;
}

/** Starts both for a test file, which may lay files out before; they are gone after its last test. */
export async function openPage(layOut: (place: Place) => void = () => undefined): Promise<OpenPage> {
  const place = makePlace();
  layOut(place);
  const daemon = await startDaemon(place);
  const browser = await launchBrowser();
  let isGone = false;
  void daemon.exited.then(() => (isGone = true));
  after(async () => {
    await browser.close();
    if (!isGone) await daemon.kill("SIGKILL");
    place.remove();
  });
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  const read = async <T>(path: string): Promise<T> => (await (await fetch(`${daemon.url}/api${path}`)).json()) as T;
  return {
    place,
    daemon,
    browser,
    page,
    faults,
    async send(events) {
      for (let from = 0; from < events.length; from += BATCH) {
        const response = await fetch(`${daemon.url}/api/events`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(events.slice(from, from + BATCH)),
        });
        const told = await response.text();
        assert.equal((JSON.parse(told) as { rejected?: number }).rejected, 0, told);
      }
    },
    read,
    async catalogued() {
      await until("the catalog is level", async () => (await read<{ state: string }>("/catalog")).state === "level");
    },
    async shot(name) {
      const folder = process.env["ORRERY_SHOTS"];
      if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png` });
    },
  };
}
