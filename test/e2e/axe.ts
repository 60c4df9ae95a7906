import axe from "axe-core";
import type { Page } from "playwright-core";

/** What a theme alone can do wrong. */
const OF_COLOURS = ["color-contrast", "link-in-text-block"];

/**
 * What a checker finds on the page that would shut somebody out. `colours`: only what another theme can change, where the same page was looked
 * at whole before.
 */
export async function seriousFaults(page: Page, what: "all" | "colours" = "all"): Promise<readonly string[]> {
  // The page forbids inline scripts, so the checker is evaluated rather than added as an element.
  if (!(await page.evaluate<boolean>("'axe' in window"))) await page.evaluate(axe.source);
  const options = { resultTypes: ["violations"], ...(what === "all" ? {} : { runOnly: OF_COLOURS }) };
  return page.evaluate<string[]>(
    `axe.run(document, ${JSON.stringify(options)}).then((r) => r.violations.filter((v) => ['serious', 'critical'].includes(v.impact)).map((v) => v.id + ': ' + v.nodes.map((n) => n.html.slice(0, 160)).join(' | ')))`,
  );
}
