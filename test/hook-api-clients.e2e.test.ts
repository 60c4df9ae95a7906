import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { HookApiClient, HookApiError } from "../src/client/index.ts";
import { event, postEvents, withDialects } from "./dialect-client.ts";

const python = process.env["ORRERY_PYTHON"] ?? "python3";
const root = join(import.meta.dirname, "..");

test("the documented scripts and every method of the Python client work against the daemon", async (t) => {
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
    patient: ["queued", 4, 5],
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
  const reads = {
    getGui: "fields",
    getGuiState: "fields",
    getMmaStatus: "tickets",
    getContextState: "sessions",
    getFinancialMetrics: "by_session",
    getSystemTelemetry: "queues",
    getPerformance: "fps",
    getDiagnostics: "loop_lag_ms",
    getStatus: "pid",
    getEvents: "events",
  } as const;
  for (const [method, field] of Object.entries(reads)) assert.ok(field in (await client[method as keyof typeof reads]()), method);
  assert.deepEqual([await client.getMmaWorkers(), await client.getComms()], [[], []]);
  // What needs an engine, and context for a session that does not take it, is refused with a reason.
  const refusals: [number, RegExp, () => Promise<unknown>][] = [
    [501, /no engine/, () => client.spawnMmaWorker({ prompt: "x" })],
    [501, /no engine/, () => client.killMmaWorker("w1")],
    [501, /no engine/, () => client.pauseMmaPipeline()],
    [501, /no engine/, () => client.resumeMmaPipeline()],
    [501, /no engine/, () => client.mutateMmaDag({ action: "add" })],
    [409, /hook/, () => client.injectContext({ session_id: "one", text: "x" })],
  ];
  for (const [status, words, call] of refusals)
    await assert.rejects(call, (error) => error instanceof HookApiError && error.status === status && words.test(error.message));
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

test("each call of either client can have a time limit of its own", async (t) => {
  // It takes whatever is sent, and answers nothing.
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  t.after(() => (silent.closeAllConnections(), silent.close()));
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const client = new HookApiClient({ url, timeoutMs: 600_000 });
  const brief = { timeoutMs: 20 };
  const calls = {
    getStatus: () => client.getStatus(brief),
    click: () => client.click("x", undefined, brief),
    setValue: () => client.setValue("x", 1, brief),
    selectTab: () => client.selectTab("x", 1, brief),
    selectListItem: () => client.selectListItem("x", 1, brief),
    customCallback: () => client.customCallback("x", [], brief),
    pushEvent: () => client.pushEvent("click", {}, brief),
    getValue: () => client.getValue("x", brief),
    getGui: () => client.getGui(brief),
    getGuiState: () => client.getGuiState(brief),
    resetSession: () => client.resetSession(brief),
    getEvents: () => client.getEvents({}, brief),
    getMmaStatus: () => client.getMmaStatus(brief),
    getMmaWorkers: () => client.getMmaWorkers(brief),
    spawnMmaWorker: () => client.spawnMmaWorker({}, brief),
    killMmaWorker: () => client.killMmaWorker("w", brief),
    pauseMmaPipeline: () => client.pauseMmaPipeline(brief),
    resumeMmaPipeline: () => client.resumeMmaPipeline(brief),
    mutateMmaDag: () => client.mutateMmaDag({}, brief),
    getContextState: () => client.getContextState(brief),
    injectContext: () => client.injectContext({}, brief),
    getFinancialMetrics: () => client.getFinancialMetrics(brief),
    getSystemTelemetry: () => client.getSystemTelemetry(brief),
    getPerformance: () => client.getPerformance(brief),
    getComms: () => client.getComms(brief),
    getDiagnostics: () => client.getDiagnostics(brief),
  };
  // These have a limit of seconds as their own second argument.
  const timed = ["waitForServer", "waitForEvent", "ask", "watchHealth"];
  const methods = Object.getOwnPropertyNames(HookApiClient.prototype).filter((name) => name !== "constructor");
  assert.deepEqual([...Object.keys(calls), ...timed].toSorted(), methods.toSorted());
  for (const [name, call] of Object.entries(calls)) await assert.rejects(call, /no answer in 20 ms/, name);
  const { stdout } = await promisify(execFile)(python, ["-B", "-c", inPython, url, join(root, "clients/python")], { timeout: 60_000 });
  assert.deepEqual(JSON.parse(stdout), []);
});

/** Every public method of the Python client but those with a limit of their own: prints those that did not keep to it. */
const inPython = `
import inspect, json, sys
sys.path.insert(0, sys.argv[2])
from orrery_hook_api import ApiHookClient, HookApiError
client = ApiHookClient(sys.argv[1], timeout=600.0)
broken = []
for name, method in inspect.getmembers(client, inspect.ismethod):
    if name.startswith("_") or name in ("wait_for_server", "wait_for_event", "ask", "watch_health", "is_alive"):
        continue
    needed = [p for p in inspect.signature(method).parameters.values() if p.default is p.empty]
    try:
        method(*["x" for _ in needed], timeout=0.02)
        broken.append(name)
    except HookApiError as error:
        if "no answer in 0.02 s" not in str(error):
            broken.append(name + ": " + str(error))
print(json.dumps(broken))
`;
