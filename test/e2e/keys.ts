import type { Page } from "playwright-core";
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
