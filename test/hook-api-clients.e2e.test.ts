import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { HookApiClient, HookApiError } from "../src/client/index.ts";
import { event, postEvents, withDialects } from "./dialect-client.ts";

const python = process.env["ORRERY_PYTHON"] ?? "python3";
const version = spawnSync(python, ["-c", "import sys; print(sys.version_info >= (3, 8))"], { encoding: "utf8" }).stdout?.trim();
const skip = version === "True" ? false : "no Python 3.8 or later: install python3, or set ORRERY_PYTHON to its path";
const root = join(import.meta.dirname, "..");

test("the documented scripts and every method of the Python client work against the daemon", { skip }, async (t) => {
  const { dialects } = await withDialects(t);
  const args = ["-B", join(root, "test/hook-api-check.py"), dialects["hook_api"]!, join(root, "clients/python")];
  const { stdout } = await promisify(execFile)(python, args, { timeout: 240_000 });
  const { unknown, events, ...saw } = JSON.parse(stdout) as Record<string, unknown>;
  assert.deepEqual(saw, {
    polled: true,
    server: true,
    status: "running",
    documented_click: "queued",
    queued: Array.from({ length: 6 }, () => "queued"),
    values: ["traces", "npm test", false, "failed", 12],
    clicked: "ui.screen",
    never: null,
    after_reset: "",
    asked: ["gate", "Deploy to production?"],
    ask: { approved: true, response: "go on" },
    silence: { approved: false, response: "" },
    reads: {
      get_gui: "dict",
      get_gui_state: "dict",
      get_mma_status: "dict",
      get_mma_workers: "list",
      get_context_state: "dict",
      get_financial_metrics: "dict",
      get_system_telemetry: "dict",
      get_performance: "dict",
      get_comms: "list",
      get_diagnostics: "dict",
    },
    engine: [501, 501, 501, 501, 501],
    nobody_to_inject: 409,
    gone: [false, 0, null],
    health: [true],
  });
  assert.ok((events as number) >= 5);
  assert.equal((unknown as [number, string])[0], 404);
  assert.match((unknown as [number, string])[1], /nav\.traces/);
});

test("the client of this package does the same", async (t) => {
  const { url, dialects } = await withDialects(t);
  const client = new HookApiClient({ url: dialects["hook_api"]! });
  assert.equal(await client.waitForServer(), true);
  await client.selectTab("ui.screen", "Traces");
  await client.setValue("traces.table", true);
  await client.selectListItem("traces.outcome", "failed");
  await client.click("traces.toggle_table");
  assert.deepEqual(await Promise.all(["ui.screen", "traces.table", "traces.outcome"].map((item) => client.getValue(item))), [
    "traces",
    false,
    "failed",
  ]);
  const clicked = await client.waitForEvent("ui.clicked");
  assert.equal((clicked!["data"] as { control: string }).control, "ui.screen");
  await postEvents(url, [event("session.started", { app: "claude-code" }), event("ask.opened", { ask_id: "ask_1", kind: "gate" })]);
  assert.equal((await client.waitForEvent("ask.*"))?.["type"], "ask.opened");
  await client.resetSession();
  assert.equal(await client.getValue("traces.outcome"), "all");
  const ask = client.ask("Deploy?");
  let open: readonly { readonly ask_id: string; readonly prompt?: string }[] = [];
  for (const end = Date.now() + 60_000; open.length === 0;) {
    assert.ok(Date.now() < end, "the ask never came");
    const { items } = (await client.customCallback("asks.list", [])) as { items: typeof open };
    open = items.filter(({ prompt }) => prompt === "Deploy?");
  }
  await client.customCallback("asks.answer", [open[0]!.ask_id, { approved: true }]);
  assert.deepEqual(await ask, { approved: true, response: "" });
  await assert.rejects(
    client.spawnMmaWorker({ prompt: "x" }),
    (error) => error instanceof HookApiError && error.status === 501 && /no engine/.test(error.message),
  );
  const seen: boolean[] = [];
  await new Promise<void>((resolve) => {
    const stop = client.watchHealth((isAlive) => {
      seen.push(isAlive);
      stop();
      resolve();
    });
  });
  assert.deepEqual(seen, [true]);
});
