// Who did what, at which door: in the log for every command, by the name of the token where one is needed.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createClient } from "../src/client/index.ts";
import { operations } from "../src/contract/operations/index.ts";
import type { Operation } from "../src/contract/operation.ts";
import { orrery, serving, tempPerson } from "../src/testing/cli-process.ts";
import { openFrameReader } from "../src/testing/gateway-fixture.ts";
import { newClient, oldClient } from "./e2e/mcp-clients.ts";
import { PUSH_SERVICE, samples, type Site } from "./operation-samples.ts";
import type { OperationName } from "../src/contract/operations/index.ts";

interface Told {
  readonly type: string;
  readonly data: {
    readonly operation?: string;
    readonly by?: string;
    readonly actor?: string;
    readonly door?: string;
    readonly about?: object;
  };
}

test("every command is in the log with who and where, and nothing of what was said", async (t) => {
  const { env, folder } = tempPerson(t);
  const { url } = await serving(t, { ...env, ORRERY_PUSH_SERVICES: PUSH_SERVICE }, "--no-open");
  const client = createClient({ url });
  await client.events.append({ events: [{ type: "session.started", session_id: "ses_one", data: { app: "test" } }] });
  const site: Site = { client, folder, session: "ses_one", call: "", body: "", at: "2026-11-20T12:00:00.000Z" };
  const frames = await openFrameReader(url);
  t.after(() => frames.close());
  for (const { name, kind, scope } of operations as readonly Operation[]) {
    if (kind !== "command" || scope === "ingest" || name === "alerts.snooze") continue;
    const input = await samples[name as OperationName].good(site, "audit");
    const { items: before } = await client.events.list({ order: "newest", limit: 1 });
    const answer = await frames.ask(name, input);
    assert.equal(answer["type"], "result", `${name}: ${JSON.stringify(answer)}`);
    const { items } = await client.events.list({ after: before[0]!.seq, limit: 200 });
    const told = (items as unknown as Told[]).find(({ type, data }) =>
      type === "command.executed" ? data.operation === name : (data.by ?? data.actor) !== undefined && data.door !== undefined,
    );
    // What waits for an answer of a person is in the log when there is one to ask.
    if (name === "ingest.claude_code_answer") continue;
    assert.ok(told !== undefined, `${name} left no trace: ${JSON.stringify(items)}`);
    assert.equal(told.data.by ?? told.data.actor, "local");
    assert.equal(told.data.door, "websocket");
    if (told.type === "command.executed") assert.ok(!JSON.stringify(told.data).includes(folder), "no words of the input");
  }
});

test("with a token, its name is who did it, at every door, whatever its bearer says", async (t) => {
  const { env, folder, home } = tempPerson(t);
  const run = async (...args: readonly string[]) => orrery(t, env, ...args).ended;
  const make = async (name: string, scope: string) => {
    const token = (await run("token", "create", name, "--scope", scope)).out.trim();
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${name}.token`);
    writeFileSync(file, token, { mode: 0o600 });
    return { token, file };
  };
  const owner = await make("owner", "admin");
  const laptop = await make("laptop", "control");
  const daemon = orrery(t, env, "serve", "--host", "0.0.0.0", "--no-open");
  const port = /:(\d+)$/.exec(await daemon.sees(/^Orrery ready at (http:\/\/0\.0\.0\.0:\d+)\n/))![1]!;
  const url = `http://127.0.0.1:${port}`;
  const client = createClient({ url, token: laptop.token });
  const ask = async () => (await createClient({ url, token: owner.token }).asks.create({ prompt: "Go on?", kind: "gate" })).ask_id;
  const answer = { approved: true };

  const byHttp = await client.asks.answer({ ask_id: await ask(), answer });
  assert.deepEqual([byHttp.by, byHttp.door], ["laptop", "http"]);
  const forged = await client.asks.answer({ ask_id: await ask(), answer, actor: "owner" });
  assert.equal(forged.by, "laptop (owner)");
  const frames = await openFrameReader(url, { headers: { authorization: `Bearer ${laptop.token}` } });
  t.after(() => frames.close());
  const byFrame = (await frames.ask("asks.answer", { ask_id: await ask(), answer }))["data"] as { by: string; door: string };
  assert.deepEqual([byFrame.by, byFrame.door], ["laptop", "websocket"]);
  const told = await run("answer", await ask(), "yes", "--url", url, "--token-file", laptop.file);
  assert.equal(told.code, 0, told.err);
  const ticket = await client.tickets.create({ title: "Whose?" });
  const { history } = await client.tickets.get({ ticket_id: ticket.ticket_id });
  assert.deepEqual([history[0]!.actor, history[0]!.door], ["laptop", "http"]);
  await client.budgets.set({ budget_id: "bud_a", scope: "day", limit_usd: 5 });
  const { items } = await client.events.list({ types: ["command.executed"] });
  assert.deepEqual(
    items.map(({ data }) => data),
    [{ operation: "budgets.set", by: "laptop", door: "http", about: { budget_id: "bud_a" } }],
  );

  // The same over the Model Context Protocol, by both libraries and both ways.
  const reader = await client.tokens.list({}).then(
    () => assert.fail("a token of scope control lists no tokens"),
    () => createClient({ url, token: owner.token }).tokens.create({ name: "reader", scope: "read" }),
  );
  const at = { url, home: "unused" };
  await assert.rejects(newClient("http", at), "without a token");
  await assert.rejects(newClient("http", { ...at, token: `${laptop.token}x` }), "with a wrong one");
  const looking = await newClient("http", { ...at, token: reader.token });
  assert.ok((await looking.list()).length > 10);
  assert.notEqual((await looking.call("get_status")).isError, true);
  const refused = await looking.call("create_ticket", { title: "Not mine to make" });
  assert.equal(refused.isError, true);
  assert.match(JSON.stringify(refused["_meta"]), /"FORBIDDEN"/);
  t.after(() => looking.close());
  const programs = [
    await newClient("http", { ...at, token: laptop.token }),
    await oldClient("http", { ...at, token: laptop.token }),
    await newClient("stdio", { ...at, home, tokenFile: laptop.file }),
  ];
  t.after(() => Promise.all(programs.map((program) => program.close())));
  for (const program of programs) {
    const made = await program.call("create_ticket", { title: "By a program" });
    const { history: steps } = await client.tickets.get({ ticket_id: String(made.structuredContent?.["ticket_id"]) });
    assert.deepEqual(
      [steps[0]!.actor, steps[0]!.door],
      [
        // Over HTTP, a client of the old protocol names itself in another request.
        program === programs[1] ? "laptop (mcp)" : "laptop (test-client)",
        program === programs[2] ? "http" : "mcp",
      ],
    );
  }
  const owners = createClient({ url, token: owner.token });
  await owners.tokens.revoke({ token_id: (await owners.tokens.list({})).items.find(({ name }) => name === "laptop")!.token_id });
  for (const program of programs)
    await program.call("get_status").then(
      ({ isError }) => assert.equal(isError, true),
      () => undefined,
    );
});
