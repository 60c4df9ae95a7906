// A sender with the least scope tries to say what only the daemon says, and to take the ids of what it will say.
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createClient } from "../src/client/index.ts";
import { serving, tempPerson } from "../src/testing/cli-process.ts";
import { until } from "./e2e/daemon.ts";

test("an ask that is held cannot be answered, or kept from being answered, by events", async (t) => {
  const { env } = tempPerson(t);
  const { url } = await serving(t, env, "--no-open");
  const client = createClient({ url });
  const { ask_id } = await client.asks.create({ prompt: "Publish?", kind: "gate" });
  const { items, stored } = await client.events.append({
    events: [
      { type: "ask.answered", data: { ask_id, outcome: "allowed", by: "user" } },
      { type: "ask.withdrawn", data: { ask_id } },
      { type: "x.any.thing", id: `ask:${ask_id}:decided@orrery`, data: {} },
      { type: "x.any.thing", source: "orrery/asks", data: {} },
    ],
  });
  assert.equal(stored, 0);
  assert.deepEqual(new Set(items.map(({ error }) => error?.code)), new Set(["EVENT_RESERVED"]));
  assert.equal((await client.asks.get({ ask_id })).state, "open");
  assert.equal((await client.asks.answer({ ask_id, answer: { approved: false } })).outcome, "denied");
});

test("a log that was exported is read back whole by import, and a rule that was kept elsewhere is not kept here", async (t) => {
  const { env, folder, home } = tempPerson(t);
  const { url } = await serving(t, env, "--no-open");
  const client = createClient({ url });
  const of = { timestamp: "2026-11-20T10:00:00.000Z", session_id: "ses_elsewhere", agent_id: "agt_main" };
  const remember = [{ scope: "home", rule: { effect: "allow", tool: "Bash" } }];
  const log = [
    {
      ...of,
      id: "ask:ask_e:opened@orrery",
      source: "orrery/asks",
      type: "ask.opened",
      data: { ask_id: "ask_e", kind: "permission", tool: "Bash", is_held: true },
    },
    {
      ...of,
      id: "ask:ask_e:decided@orrery",
      source: "orrery/asks",
      type: "ask.answered",
      data: { ask_id: "ask_e", outcome: "always", by: "them", answer: { decision: "allow", remember } },
    },
    {
      timestamp: of.timestamp,
      id: "access:tok_e:created",
      source: "orrery/tokens",
      type: "token.created",
      data: { token_id: "tok_e", name: "theirs", scope: "admin", by: "them" },
    },
    {
      timestamp: of.timestamp,
      id: "ticket:e:created@orrery",
      source: "orrery/tickets",
      type: "ticket.created",
      data: { ticket_id: "tkt_e", title: "Theirs" },
    },
  ];
  const file = join(folder, "log.jsonl");
  writeFileSync(file, log.map((event) => `${JSON.stringify(event)}\n`).join(""));
  const { import_id } = await client.imports.start({ path: file });
  await until("it is read", async () => (await client.imports.get({ import_id })).state === "done");
  assert.equal((await client.imports.get({ import_id })).events, log.length);
  assert.equal((await client.asks.get({ ask_id: "ask_e" })).outcome, "always");
  assert.ok(!existsSync(join(home, "policy.json")), "their rule is not ours");
  assert.deepEqual((await client.tokens.list({ state: "all" })).items, [], "their token lets nobody in");
  assert.equal((await client.tickets.get({ ticket_id: "tkt_e" })).title, "Theirs");
});
