/// <reference lib="dom" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { seriousFaults } from "./axe.ts";
import { until } from "./daemon.ts";
import { noisyPng } from "./png.ts";
import { postHook } from "./recordings.ts";
import { openPage } from "./page.ts";

const { daemon, page, faults, send, shot } = await openPage();

const session = { session_id: "talk-1", transcript_path: "/x/talk-1.jsonl", cwd: "/home/dev/shop", permission_mode: "default" };
const hook = (hook_event_name: string, fields: object) => postHook(daemon.url, { ...session, hook_event_name, ...fields });

test("an edit is shown as the lines that it took away and put in, numbered, counted and openable by keyboard", async () => {
  await hook("SessionStart", { source: "startup" });
  await hook("UserPromptSubmit", { prompt: "make the price a number", prompt_id: "p1" });
  const edit = {
    file_path: "/home/dev/shop/src/price.ts",
    old_string: "price: string;",
    new_string: "price: number;\n  currency: string;",
  };
  await hook("PreToolUse", { tool_name: "Edit", tool_input: edit, tool_use_id: "toolu_edit" });
  await hook("PostToolUse", {
    tool_name: "Edit",
    tool_input: edit,
    tool_use_id: "toolu_edit",
    tool_response: {
      filePath: edit.file_path,
      structuredPatch: [
        {
          oldStart: 41,
          oldLines: 3,
          newStart: 41,
          newLines: 4,
          lines: [" export interface Item {", "-  price: string;", "+  price: number;", "+  currency: string;", " }"],
        },
      ],
    },
  });
  const content = Array.from({ length: 1_500 }, (_, index) => `export const n${index} = ${index}; // a line\n`).join("");
  await hook("PreToolUse", {
    tool_name: "Write",
    tool_input: { file_path: "/home/dev/shop/src/numbers.ts", content },
    tool_use_id: "toolu_write",
  });
  await page.goto(`${daemon.url}/sessions/${await sessionId()}`);
  const row = page.getByTestId("call-row-call_toolu_edit");
  await row.waitFor();
  assert.match(await row.locator("summary").innerText(), /\+2\s[\s\S]*−1/);
  await row.locator("summary").focus();
  await page.keyboard.press("Enter");
  const diff = row.getByTestId("diff");
  await diff.waitFor();
  const lines = await diff.locator("tr").evaluateAll((rows) => rows.map((each) => [...each.children].map((cell) => cell.textContent)));
  assert.deepEqual(lines, [
    ["41", "41", "", "export interface Item {"],
    ["42", "", "−", "  price: string;"],
    ["", "42", "+", "  price: number;"],
    ["", "43", "+", "  currency: string;"],
    ["43", "44", "", "}"],
  ]);
  await until("colours", async () => (await diff.locator("tr[data-kind=added] .diff__words span[style]").count()) > 0);
  await shot("session-diff");
  assert.deepEqual(await seriousFaults(page), []);

  const written = page.getByTestId("call-row-call_toolu_write");
  await written.locator("summary").click();
  await written.getByRole("button", { name: "Open full diff" }).click();
  const whole = written.getByRole("button", { name: "Show all 1,500 lines" });
  await whole.click();
  await until("all lines", async () => (await written.locator("tr").count()) === 1_500);
  assert.deepEqual(faults, []);
});

async function sessionId(): Promise<string> {
  const { items } = (await (await fetch(`${daemon.url}/api/sessions`)).json()) as { items: readonly { session_id: string }[] };
  return items[0]!.session_id;
}

test("an ask stands at its call: what was asked while it is open, then how it was decided", async () => {
  const call = { tool_name: "Bash", tool_input: { command: "npm publish --access public" } };
  await hook("PreToolUse", { ...call, tool_use_id: "toolu_ask" });
  await hook("PermissionRequest", call);
  const asks = page.getByTestId("call-asks");
  await asks.waitFor();
  assert.match(await asks.innerText(), /Bash npm publish --access public\s+waits for you · /);
  const openedAt = new Date().toISOString();
  await shot("session-ask-open");
  assert.deepEqual(await seriousFaults(page), []);
  await hook("PostToolUse", { ...call, tool_use_id: "toolu_ask", tool_response: { stdout: "+ shop@1.0.1" } });
  await until("the decision", async () => /allowed/.test(await asks.innerText()));

  await page.goto(`${daemon.url}/sessions/${await sessionId()}?at=${encodeURIComponent(openedAt)}`);
  await until("the moment", async () => /waits for you/.test(await asks.innerText().catch(() => "")));
  assert.match(await page.locator(".line__note").last().innerText(), /as it was at the moment/);
  await page.goto(`${daemon.url}/sessions/${await sessionId()}`);
  const replay = page.getByRole("link", { name: "Export replay" });
  const [download] = await Promise.all([page.waitForEvent("download"), replay.click()]);
  assert.match(download.suggestedFilename(), /\.html$/);
});

test("images of a tool and of a prompt are shown, open large by keyboard, and one elsewhere is named and never loaded", async () => {
  const requested: string[] = [];
  page.on("request", (request) => requested.push(request.url()));
  const read = { tool_name: "Read", tool_input: { file_path: "/home/dev/shop/shot.png" }, tool_use_id: "toolu_read" };
  const file = { base64: noisyPng(90), type: "image/png", originalSize: 24_000 };
  await hook("PreToolUse", read);
  await hook("PostToolUse", { ...read, tool_response: { type: "image", file } });
  const id = await sessionId();
  const parts = [
    { kind: "text", text: "What is wrong here?" },
    { kind: "image", media_type: "image/png", text: `data:image/png;base64,${noisyPng(8)}` },
    { kind: "image", text: "https://example.com/track.png" },
  ];
  await tell("message.added", { message_id: "msg_seen", role: "user", parts }, id, Date.now());
  const prompt = page.getByRole("button", { name: "Image in the prompt" });
  await prompt.waitFor();
  await page.getByText("Image in the prompt at https://example.com/track.png, not loaded").waitFor();
  const row = page.getByTestId("call-row-call_toolu_read");
  await row.locator("summary").click();
  const thumb = row.getByRole("button", { name: "Image 1 of Read" });
  await thumb.waitFor();
  assert.equal(await thumb.locator("img").evaluate((image: HTMLImageElement) => image.naturalWidth), 90);
  assert.doesNotMatch(await row.innerText(), /iVBOR/);
  await shot("session-images");
  assert.deepEqual(await seriousFaults(page), []);
  await thumb.focus();
  await page.keyboard.press("Enter");
  const large = page.getByRole("dialog", { name: "Image 1 of Read" });
  await large.waitFor();
  await shot("session-image-large");
  assert.deepEqual(await seriousFaults(page), []);
  await page.keyboard.press("Escape");
  await large.waitFor({ state: "detached" });
  assert.ok(
    requested.every((url) => url.startsWith(daemon.url) || url.startsWith("data:")),
    requested.join("\n"),
  );
});

test("a session that works without a word says since when, and counts", async () => {
  const atMs = Date.now() - 65_000;
  await tell("session.started", { app: "other" }, "ses_quiet", atMs);
  await tell("turn.started", { turn_id: "trn_quiet", prompt: "think long" }, "ses_quiet", atMs);
  await tell("message.added", { message_id: "msg_quiet", role: "user", parts: [{ kind: "text", text: "think long" }] }, "ses_quiet", atMs);
  await page.goto(`${daemon.url}/sessions/ses_quiet`);
  const foot = page.getByTestId("foot-quiet");
  await foot.waitFor();
  const told = await foot.innerText();
  assert.match(told, /Shown as working, but the last event came 1 m \d+ s ago, at \d\d:\d\d:\d\d\./);
  await shot("session-quiet");
  for (const [type, data] of [
    ["session.started", { app: "other" }],
    ["turn.started", { turn_id: "trn_still", prompt: "think longer" }],
    ["message.added", { message_id: "msg_still", role: "user", parts: [{ kind: "text", text: "think longer" }] }],
  ] as const)
    await tell(type, data, "ses_still", Date.now() - 400_000);
  await until("the age ticks", async () => (await foot.innerText()) !== told);
  assert.deepEqual(await seriousFaults(page), []);
  await page.goto(`${daemon.url}/sessions/ses_still`);
  await until("stalled", async () => /^.*Stalled: .* 6 m /.test(await foot.innerText().catch(() => "")));
});

test("a conversation whose daemon is gone says since when, and counts", async () => {
  await daemon.kill("SIGKILL");
  const foot = page.getByTestId("foot-offline");
  await foot.waitFor();
  const age = await foot.innerText();
  assert.match(age, /The connection is down since \d\d:\d\d:\d\d, for /);
  await shot("session-offline");
  await until("the age ticks", async () => (await foot.innerText()) !== age);
  assert.deepEqual(faults, []);
});

async function tell(type: string, data: object, session_id: string, atMs: number): Promise<void> {
  const timestamp = new Date(atMs).toISOString();
  await send([{ id: `${type}:${session_id}`, type, session_id, agent_id: "agt_main", timestamp, source: "test", data }]);
}
