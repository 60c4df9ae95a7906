/// <reference lib="dom" />
import type { Locator, Page } from "playwright-core";
import { until } from "./daemon.ts";

/** Presses `g` and a screen's key, again where a busy machine let too much time pass between the two. */
export async function goByKeys(page: Page, key: string, path: string): Promise<void> {
  await until(`${path} by g ${key}`, async () => {
    await page.keyboard.press("g");
    await page.keyboard.press(key);
    return page
      .waitForURL((url) => url.pathname === path, { timeout: 2_000 })
      .then(
        () => true,
        () => false,
      );
  });
}

/** Presses Tab, as somebody without a mouse does, until the focus is there. */
export async function tabTo(page: Page, wanted: Locator): Promise<void> {
  await until(`Tab comes to ${String(wanted)}`, async () => {
    await page.keyboard.press("Tab");
    return wanted.evaluate((element) => element === document.activeElement, undefined, { timeout: 5_000 }).catch(() => false);
  });
}
