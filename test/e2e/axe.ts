import axe from "axe-core";
import type { Page } from "playwright-core";

/** What a checker finds on the page that would shut somebody out. */
export async function seriousFaults(page: Page): Promise<readonly string[]> {
  // The page forbids inline scripts, so the checker is evaluated rather than added as an element.
  if (!(await page.evaluate<boolean>("'axe' in window"))) await page.evaluate(axe.source);
  return page.evaluate<string[]>(
    "axe.run(document, { resultTypes: ['violations'] }).then((r) => r.violations.filter((v) => ['serious', 'critical'].includes(v.impact)).map((v) => v.id + ': ' + v.nodes.map((n) => n.html.slice(0, 160)).join(' | ')))",
  );
}
