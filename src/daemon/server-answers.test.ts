import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { Caller } from "../contract/operations/index.ts";
import { createOpencodeServer } from "../ingest/opencode/server.ts";
import { systemClock } from "../lib/clock.ts";
import { openSqliteLog } from "../log/index.ts";
import { readLines } from "../testing/truth-clients.ts";
import { until } from "../testing/until.ts";
import { createAskBook } from "./ask-book.ts";
import { createAskHandlers } from "./asks.ts";
import { createHistory } from "./history.ts";
import type { Judge } from "./hook-answers.ts";
import { createPolicy } from "./policy.ts";
import { createProjector } from "./projector.ts";
import { createServerAnswers } from "./server-answers.ts";
import { silent } from "../testing/source-files.ts";

const person: Caller = { door: "http", actor: "ana" };
interface Event {
  readonly type: string;
  readonly properties: { readonly id?: string; readonly requestID?: string; readonly sessionID: string };
}
const recorded = (readLines("opencode/serve-permission/events.jsonl") as { event: Event }[]).map(({ event }) => event);
const [write, touch] = recorded.filter(({ type }) => type === "permission.asked") as [Event, Event];
const replied = recorded.find(({ type }) => type === "permission.replied")!;
const question: Event = {
  type: "question.asked",
  properties: {
    id: "que_1",
    sessionID: write.properties.sessionID,
    tool: { messageID: "msg_q", callID: "call_q" },
    questions: [
      { question: "Which?", header: "Pick", options: [{ label: "Red", description: "warm" }, { label: "Blue" }], multiple: true },
      { question: "When?", header: "Time", options: [] },
    ],
  } as Event["properties"],
};

/** An opencode server with what waits in it, and what was posted to it. */
async function openServer(t: TestContext) {
  const streams = new Set<ServerResponse>();
  const posted: { path: string; body: unknown }[] = [];
  const state = { permission: [] as unknown[], question: [] as unknown[], status: 200 };
  const server = createServer((request, reply) => {
    const path = request.url ?? "";
    if (path === "/event") {
      streams.add(reply.writeHead(200, { "content-type": "text/event-stream" }));
      return void reply.write(": hello\n\n");
    }
    let text = "";
    request.on("data", (chunk) => (text += String(chunk)));
    request.on("end", () => {
      const isPost = request.method === "POST";
      if (isPost) posted.push({ path, body: JSON.parse(text) });
      const list = path === "/permission" ? state.permission : path === "/question" ? state.question : [];
      reply.writeHead(isPost ? state.status : 200, { "content-type": "application/json" }).end(JSON.stringify(isPost ? true : list));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    state,
    posted,
    streams,
    say: (event: Event) => streams.forEach((stream) => stream.write(`data: ${JSON.stringify(event)}\n\n`)),
    cut: () => streams.forEach((stream) => (streams.delete(stream), stream.destroy())),
  };
}

async function setUp(t: TestContext, judge: Judge = async () => undefined) {
  const home = mkdtempSync(join(tmpdir(), "orrery-servers-"));
  const server = await openServer(t);
  const clock = { ...systemClock, sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(Math.min(ms, 10), signal) };
  const log = openSqliteLog({ home, clock });
  const history = createHistory(log);
  const projector = createProjector({ log, history, clock });
  log.onCommit(projector.apply);
  const book = createAskBook({ log, clock, onError: assert.ifError });
  log.onCommit(book.apply);
  const abort = new AbortController();
  // What is on its way to the server when the test is over is cut off.
  const onError = (error: unknown): void => void (abort.signal.aborted || assert.ifError(error));
  const source = createOpencodeServer({ append: log.append, notes: log.notes, clock, logger: silent, url: server.url });
  const answers = createServerAnswers({ book, judge, servers: [source.asks!], onError });
  answers.start();
  const asks = createAskHandlers({ log, clock, projector, history, book, deliver: answers.deliver });
  const running = source.run(abort.signal);
  t.after(async () => {
    abort.abort();
    await running;
    book.stop();
    await log.close();
    rmSync(home, { recursive: true, force: true });
  });
  const list = async (state: "open" | "all" = "open") => (await asks["asks.list"]({ state, limit: 50 }, person)).items;
  await until("the stream is read", () => source.status().state === "connected");
  return {
    home,
    log,
    book,
    session: projector.session,
    server,
    list,
    held: (count: number) =>
      until(`${count} asks are held`, async () => {
        const items = (await list()).filter(({ is_held }) => is_held);
        return items.length === count ? items : undefined;
      }),
    get: (ask_id: string) => asks["asks.get"]({ ask_id }, person),
    answer: async (ask_id: string, answer: object) => asks["asks.answer"]({ ask_id, answer }, person),
  };
}

test("a permission that waits in an opencode server is answered there, once", async (t) => {
  const { server, held, get, answer, list } = await setUp(t);
  server.say(write);
  const [ask] = await held(1);
  const { tool, kind, call_id, preview, suggestions, takes_input, risk, risk_because } = await get(ask!.ask_id);
  assert.deepEqual([tool, kind, call_id, takes_input], ["edit", "permission", "call_ocpermissionmain_0_0_0001", false]);
  assert.deepEqual([risk, risk_because], ["medium", "changes a file"]);
  assert.match(preview ?? "", /\+ok/);
  assert.deepEqual(suggestions, [{ type: "always", patterns: ["*"], until: "opencode ends" }]);
  await assert.rejects(answer(ask!.ask_id, { decision: "allow", input: {} }), /opencode takes yes or no/);
  assert.deepEqual(server.posted, []);
  const both = await Promise.allSettled([answer(ask!.ask_id, { decision: "allow" }), answer(ask!.ask_id, { decision: "deny" })]);
  assert.deepEqual(
    both.map(({ status }) => status),
    ["fulfilled", "rejected"],
  );
  assert.deepEqual(server.posted, [{ path: `/permission/${write.properties.id}/reply`, body: { reply: "once" } }]);
  assert.deepEqual(
    (await list("all")).map(({ outcome, by }) => [outcome, by]),
    [["allowed", "ana"]],
  );
});

test("a denial carries its guidance, always is as opencode means it, and questions are answered in their order", async (t) => {
  const { server, held, get, answer } = await setUp(t);
  server.say(write);
  server.say(touch);
  server.say(question);
  const asks = await held(3);
  const of = async (tool: string | undefined) => get(asks.find((ask) => ask.tool === tool)!.ask_id);
  await answer((await of("edit")).ask_id, { decision: "deny", message: "not there" });
  const { ask_id, suggestions } = await of("bash");
  assert.equal((await answer(ask_id, { decision: "allow", remember: suggestions })).outcome, "always");
  const asked = await of(undefined);
  assert.deepEqual(
    asked.questions?.map(({ is_multiple = false, options }) => [is_multiple, options?.length]),
    [
      [true, 2],
      [false, 0],
    ],
  );
  await answer(asked.ask_id, { value: { "When?": "now", "Which?": ["Red", "Blue"] } });
  assert.deepEqual(
    server.posted.map(({ body }) => body),
    [{ reply: "reject", message: "not there" }, { reply: "always" }, { answers: [["Red", "Blue"], ["now"]] }],
  );
});

test("a question that is denied is rejected there", async (t) => {
  const { server, held, answer } = await setUp(t);
  server.say(question);
  const [asked] = await held(1);
  assert.equal((await answer(asked!.ask_id, { decision: "deny" })).outcome, "denied");
  const [posted] = server.posted;
  assert.match(posted!.path, /^\/question\/[^/]+\/reject$/);
});

test("an answer that does not arrive leaves the ask open; one that opencode no longer waits for says so", async (t) => {
  const { server, held, answer, list } = await setUp(t);
  server.say(write);
  const [ask] = await held(1);
  server.state.status = 500;
  await assert.rejects(answer(ask!.ask_id, { decision: "allow" }), /ASK_NOT_DELIVERED|did not reach http:\/\/127/);
  assert.equal((await list())[0]?.state, "open");
  server.state.status = 404;
  await assert.rejects(answer(ask!.ask_id, { decision: "allow" }), /is over: cancelled/);
  assert.deepEqual(
    (await list()).filter(({ is_held }) => is_held && ask!.state === "closed"),
    [],
  );
});

test("what is answered in opencode is taken back here, and what waits when Orrery comes is put into the inbox", async (t) => {
  const { server, held, list, get } = await setUp(t);
  server.say(write);
  const [first] = await held(1);
  server.say(replied);
  await held(0);
  assert.equal((await get(first!.ask_id)).reason, "it was decided where the agent works");
  assert.deepEqual(
    (await list("all")).map(({ state }) => state),
    ["closed"],
  );
  server.state.permission = [touch.properties];
  server.cut();
  const [second] = await held(1);
  assert.equal(second?.tool, "bash");
  server.state.permission = [];
  server.cut();
  await held(0);
});

test("a rule decides without a person", async (t) => {
  const { server, list } = await setUp(t, async ({ input }) =>
    (input as { command?: string }).command === undefined
      ? { behavior: "allow" }
      : { behavior: "deny", message: "Decided by rule 1: no touch" },
  );
  server.say(write);
  server.say(touch);
  await until("both are answered", () => server.posted.length === 2);
  assert.deepEqual(
    server.posted.map(({ body }) => body),
    [{ reply: "once" }, { reply: "reject", message: "Decided by rule 1: no touch" }],
  );
  assert.deepEqual(
    (await list()).filter(({ is_held }) => is_held),
    [],
  );
});

test("over budget, what opencode asks leave for is refused with the reason", async (t) => {
  let judge: Judge = async () => undefined;
  const { server, home, log, book, session } = await setUp(t, (asking) => judge(asking));
  const budget = { budget_id: "bud_day", scope: "day" as const, limit_usd: 5, warn_percent: 80 };
  const standing = {
    budget_id: "bud_day",
    scope: "day" as const,
    subject: new Date().toISOString().slice(0, 10),
    period: "day",
    limit_usd_micros: 5_000_000,
    spent_usd_micros: 5_200_000,
    percent: 104,
    state: "exceeded" as const,
    unknown_requests: 0,
  };
  const clock = { ...systemClock, now: () => Date.parse(`${standing.subject}T12:00:00Z`) };
  const budgets = { list: () => [{ budget, standings: [standing] }] };
  const history = createHistory(log);
  const pricesAt = () => undefined as never;
  ({ judge } = createPolicy({ home, clock, log, history, book, session, pricesAt, budgets, onError: assert.ifError }));
  server.say(touch);
  await until("it is answered", () => server.posted.length === 1);
  const message = `Decided by budget bud_day: $5.20 of $5 are spent (day ${standing.subject})`;
  assert.deepEqual(server.posted[0]!.body, { reply: "reject", message });
});

test("a server elsewhere is followed, and given no answers", () => {
  const unused = {
    append: () => Promise.reject(new Error("unused")),
    notes: { get: () => undefined, set: () => undefined },
    logger: silent,
  };
  const source = createOpencodeServer({ ...unused, clock: systemClock, url: "http://192.0.2.1:4096" } as never);
  assert.equal(source.asks, undefined);
});
