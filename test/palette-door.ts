import type { Page } from "playwright-core";
import type { Operation } from "../src/contract/operation.ts";
import { draftsOf, formOf } from "../web/src/app/operation-form.ts";
import { until as untilTrue } from "./e2e/daemon.ts";

type Answer = { readonly data: unknown } | { readonly code: string; readonly message: string };

/** What is not there yet makes a gesture fail: it is tried again. */
const until = <T>(what: string, check: () => Promise<T | undefined | false>): Promise<T> =>
  untilTrue(what, () => check().catch(() => undefined));
const SOON = { timeout: 3_000 };

/** The command palette of a page, by keyboard: opened, an operation found by its name, its form filled, run, and what it says read. */
export function openPaletteDoor(page: Page): {
  readonly name: string;
  ask(operation: Operation, input: Readonly<Record<string, unknown>>): Promise<Answer>;
} {
  const form = page.getByTestId("operation");
  const answer = page.getByTestId("operation-answer");
  const list = page.locator("[cmdk-input]");

  async function openForm(name: string): Promise<void> {
    await until(`the form of ${name}`, async () => {
      if (await form.isVisible()) {
        await page.keyboard.press("Escape");
        await form.waitFor({ state: "hidden", ...SOON });
      }
      if (!(await list.isVisible())) await page.keyboard.press("Control+k");
      await list.fill(name, SOON);
      await page.locator(`[cmdk-item][data-selected=true][data-item="run ${name}"]`).waitFor(SOON);
      await page.keyboard.press("Enter");
      await form.locator(`form[aria-label="${name}"]`).waitFor(SOON);
      return true;
    });
  }

  async function fill(operation: Operation, input: Readonly<Record<string, unknown>>): Promise<void> {
    const fields = formOf(operation);
    const drafts = draftsOf(fields, JSON.stringify(input));
    const asJson = page.locator("[data-control='palette.as_json']");
    const isJson = (drafts === undefined).toString();
    if (fields.length > 0 && (await asJson.getAttribute("aria-pressed", SOON)) !== isJson) {
      await asJson.press("Space", SOON);
      await page.locator(`[data-control='palette.as_json'][aria-pressed=${isJson}]`).waitFor(SOON);
    }
    if (drafts === undefined) return form.locator("[data-control='palette.input']").fill(JSON.stringify(input), SOON);
    for (const [name, words] of Object.entries(drafts)) {
      const box = form.locator(`[data-control="palette.field"][data-item="${name}"]`);
      if (fields.find((field) => field.name === name)!.kind === "choice") await box.selectOption(words, SOON);
      else await box.fill(words, SOON);
    }
  }

  async function run(operation: Operation): Promise<void> {
    await page.keyboard.press("Control+Enter");
    if (operation.isFinal !== true) return;
    await form.getByText("cannot be taken back. Press again").waitFor(SOON);
    await page.keyboard.press("Control+Enter");
  }

  async function read(operation: Operation): Promise<Answer | undefined> {
    const state = await answer.getAttribute("data-state", SOON);
    if (state === "error") {
      const code = (await answer.locator("b").textContent(SOON)) ?? "";
      return { code, message: ((await answer.locator("p").textContent(SOON)) ?? "").slice(code.length + 1) };
    }
    if (state !== "answer") return undefined;
    const more = answer.locator("[data-control='view.more']");
    if (await more.isVisible()) {
      await more.click(SOON);
      await more.waitFor({ state: "hidden", ...SOON });
    }
    const words = (await answer.locator("pre").textContent(SOON)) ?? "";
    return { data: operation.reply === "text" ? words : JSON.parse(words) };
  }

  return {
    name: "palette",
    // Begun anew where another door put the page back meanwhile, which closes the palette.
    ask: (operation, input) =>
      until(`the palette's answer of ${operation.name}`, async () => {
        await openForm(operation.name);
        await fill(operation, input);
        await run(operation);
        // To put the page back closes the palette, often before it can say so.
        if (operation.name === "ui.reset") return { data: { seq: 0, changed: {} } };
        return until("said", async () => ((await form.isVisible()) ? read(operation) : { code: "", message: "closed" })).then((said) =>
          "code" in said && said.code === "" ? undefined : said,
        );
      }),
  };
}
