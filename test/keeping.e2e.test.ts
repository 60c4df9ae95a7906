import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { orrery, serving, tempPerson } from "../src/testing/cli-process.ts";
import { listen } from "./dialect-client.ts";
import { until } from "../src/testing/until.ts";

type Row = { readonly seq: number; readonly id: string; readonly data: Record<string, unknown> };

const DAY_MS = 24 * 60 * 60_000;

async function stop(daemon: Awaited<ReturnType<typeof serving>>): Promise<void> {
  daemon.child.kill("SIGTERM");
  await daemon.ended;
}

const post = (url: string, events: unknown) =>
  fetch(`${url}/api/events`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(events) });

async function events(url: string, query = ""): Promise<Row[]> {
  const reply = (await (await fetch(`${url}/api/events?limit=200${query}`)).json()) as { items?: Row[] };
  assert.ok(reply.items !== undefined, JSON.stringify(reply));
  return reply.items;
}

function happened(index: number) {
  return { id: `e${index}`, type: "x.test.happened", data: { index, text: `text ${index} `.repeat(300) } };
}

async function json(t: TestContext, env: NodeJS.ProcessEnv, ...args: string[]): Promise<Record<string, unknown>> {
  const { code, out, err } = await orrery(t, env, ...args, "--json").ended;
  assert.equal(code, 0, err);
  return JSON.parse(out) as Record<string, unknown>;
}

test("a backup made while events pour in is a whole log; restoring goes back to it and moves what was there aside", async (t) => {
  const { folder, home, env } = tempPerson(t);
  const first = await serving(t, env);
  await post(
    first.url,
    Array.from({ length: 500 }, (_, index) => happened(index)),
  );
  writeFileSync(join(home, "prices.json"), "[]");

  let poured = 500;
  const enough = new AbortController();
  const pour = async (): Promise<void> => {
    await post(
      first.url,
      Array.from({ length: 50 }, () => happened(poured++)),
    );
    if (!enough.signal.aborted) await pour();
  };
  const pouring = pour();
  const target = join(folder, "backup of today");
  const made = await json(t, env, "backup", target);
  enough.abort();
  await pouring;
  assert.equal(made["path"], target);
  assert.ok((made["head"] as number) >= 500);
  assert.deepEqual(readdirSync(target).toSorted(), ["orrery.db", "prices.json"]);

  const again = await orrery(t, env, "backup", target).ended;
  assert.match(again.err, /^BACKUP_FAILED: .*already/);
  const refused = await orrery(t, env, "restore", target).ended;
  assert.match(refused.err, /^LOG_LOCKED: /);
  // And that there was a backup.
  assert.equal((await events(first.url, `&after=${poured}`)).length, 1, "everything that was acknowledged is there");
  await stop(first);
  writeFileSync(join(home, "prices.json"), '["later"]');

  const restored = await json(t, env, "restore", target);
  assert.equal(restored["head"], made["head"]);
  assert.equal(readFileSync(join(home, "prices.json"), "utf8"), "[]");
  assert.equal(readFileSync(join(restored["previous"] as string, "prices.json"), "utf8"), '["later"]');
  assert.ok(existsSync(join(restored["previous"] as string, "orrery.db")));

  const second = await serving(t, env);
  const head = made["head"] as number;
  const last = await events(second.url, `&after=${head - 5}`);
  assert.deepEqual(
    last.map(({ seq }) => seq),
    [1, 2, 3, 4, 5].map((n) => head - 5 + n),
  );
  await post(second.url, [happened(1_000_000)]);
  assert.equal((await events(second.url, `&after=${head}`)).length, 1);
  await stop(second);
});

test("a backup that is damaged, cut or none at all is refused, and nothing in the home changes", async (t) => {
  const { folder, home, env } = tempPerson(t);
  const daemon = await serving(t, env);
  await post(
    daemon.url,
    Array.from({ length: 200 }, (_, index) => happened(index)),
  );
  const whole = join(folder, "whole");
  await json(t, env, "backup", whole);
  await stop(daemon);
  const before = readFileSync(join(home, "orrery.db"));
  const bytes = readFileSync(join(whole, "orrery.db"));

  const damage: Record<string, (path: string) => void> = {
    cut: (path) => truncateSync(path, bytes.length - 1_000),
    scrambled: (path) => {
      const wrong = Buffer.from(bytes);
      wrong.fill(0xff, 8_192, 12_288);
      writeFileSync(path, wrong);
    },
    empty: (path) => truncateSync(path, 0),
    "not a database": (path) => writeFileSync(path, "hello"),
  };
  for (const [name, harm] of Object.entries(damage)) {
    const copy = join(folder, name);
    mkdirSync(copy);
    writeFileSync(join(copy, "orrery.db"), bytes);
    harm(join(copy, "orrery.db"));
    const { code, err } = await orrery(t, env, "restore", copy).ended;
    assert.notEqual(code, 0, name);
    assert.match(err, /^(LOG_DAMAGED|BACKUP_FAILED): /, name);
    assert.ok(err.includes(copy), `${name}: says which: ${err}`);
    assert.ok(readFileSync(join(home, "orrery.db")).equals(before), name);
    assert.deepEqual(
      readdirSync(home).filter((file) => file.startsWith("restore-") || file.startsWith("before-")),
      [],
      name,
    );
  }
  assert.match((await orrery(t, env, "restore", folder).ended).err, /^BACKUP_FAILED: .*orrery\.db/);
  appendFileSync(join(whole, "orrery.db"), "");
  assert.equal((await orrery(t, env, "restore", whole).ended).code, 0);
});

test("retention: a dry run says what would go, applying lets go of it, structure and figures stay", async (t) => {
  const { env, home } = tempPerson(t);
  const old = new Date(Date.now() - 40 * DAY_MS).toISOString();
  const now = new Date().toISOString();
  const told = (session: string, timestamp: string, text: string) => [
    {
      id: `${session}:t`,
      type: "turn.started",
      timestamp,
      source: "claude-code/hook",
      session_id: session,
      agent_id: "agt_main",
      data: { turn_id: "trn_1", prompt: `please ${text}` },
    },
    {
      id: `${session}:s`,
      type: "tool.started",
      timestamp,
      source: "claude-code/hook",
      session_id: session,
      agent_id: "agt_main",
      data: { call_id: "call_1", name: "Bash", title: `run ${session}`, input: { command: text } },
    },
    {
      id: `${session}:e`,
      type: "tool.ended",
      timestamp,
      source: "claude-code/hook",
      session_id: session,
      agent_id: "agt_main",
      data: { call_id: "call_1", outcome: "error", output: text.repeat(4_000), error: text, latency_ms: 5 },
    },
  ];
  const said = {
    id: "said",
    type: "message.added",
    timestamp: old,
    source: "claude-code/hook",
    session_id: "ses_old",
    agent_id: "agt_main",
    data: { message_id: "msg_1", role: "assistant", parts: [{ kind: "text", text: "private words".repeat(4_000) }] },
  };
  const first = await serving(t, env);
  await post(first.url, [...told("ses_old", old, "private words"), said, ...told("ses_new", now, "fresh words")]);
  await post(first.url, [
    {
      id: "k",
      type: "source.kept",
      timestamp: old,
      source: "claude-code/hook",
      data: { format: "claude-code/hook", record_type: "New", reason: "unknown", record: { told: "private words ".repeat(50) } },
    },
  ]);
  const none = await json(t, env, "retention");
  assert.deepEqual(
    (none["items"] as { kind: string; after_days: number | null; items: number }[]).map(({ kind, after_days, items }) => [
      kind,
      after_days,
      items,
    ]),
    [
      ["bodies", 7, 0],
      ["texts", null, 0],
      ["raw", null, 0],
    ],
  );
  await stop(first);

  const second = await serving(t, { ...env, ORRERY_COMPAT: "any" }, "--keep-texts", "30d", "--keep-raw", "30d", "--keep-bodies", "0d");
  const { dialects } = JSON.parse(readFileSync(join(home, "daemon.json"), "utf8")) as { readonly dialects: Record<string, string> };
  /** What the ports of other systems still tell of that session. */
  const toldElsewhere = async () => {
    const mpm = await listen(t, dialects["mpm"]!);
    mpm.send({ command: "get_history", params: { limit: 1_000 } });
    const history = await mpm.sees("a history", ({ type }) => type === "history");
    const boocode = await listen(t, `${dialects["boocode"]!.replace("http", "ws")}/ws/sessions/ses_old`);
    const snapshot = await boocode.sees("a snapshot", ({ type }) => type === "snapshot");
    const traces = await (await fetch(`${dialects["boocode"]}/api/chats/ses_old/traces`)).text();
    return { texts: [JSON.stringify(history), JSON.stringify(snapshot), traces], sockets: [mpm.ws, boocode.ws] };
  };
  const before = await toldElsewhere();
  for (const text of before.texts) assert.match(text, /(private words){4000}|please private words/);
  const comesBack = new Promise((resolve) => before.sockets[1]!.once("close", resolve));
  const counts = (plan: Record<string, unknown>) =>
    (plan["items"] as { kind: string; items: number; bytes: number }[]).map(({ kind, items, bytes }) => [kind, items, bytes > 0]);
  const sessionsBefore = (await (await fetch(`${second.url}/api/sessions/ses_old`)).json()) as object;
  assert.deepEqual(counts(await json(t, env, "retention")), [
    ["bodies", 2, true],
    ["texts", 1, true],
    ["raw", 1, true],
  ]);
  assert.match(JSON.stringify(await events(second.url)), /private words/, "a dry run changes nothing");
  assert.deepEqual(counts(await json(t, env, "retention", "--apply")), [
    ["bodies", 2, true],
    ["texts", 1, true],
    ["raw", 1, true],
  ]);

  assert.equal(await comesBack, 1012, "whoever listens hears what is left");
  for (const text of (await toldElsewhere()).texts) assert.doesNotMatch(text, /private words/);
  const left = await events(second.url);
  assert.ok(!JSON.stringify(left).includes("private words"));
  assert.match(JSON.stringify(left), /fresh words/);
  assert.deepEqual(
    left.map(({ seq }) => seq),
    left.map((_, index) => index + 1),
    "no event is gone",
  );
  assert.deepEqual(
    left.filter(({ id }) => id === "ses_old:s").map(({ data }) => data["title"]),
    ["run ses_old"],
  );
  const sessionAfter = { ...((await (await fetch(`${second.url}/api/sessions/ses_old`)).json()) as object), title: "old" };
  assert.deepEqual(
    sessionAfter,
    { ...sessionsBefore, title: "old" },
    "what is known of the session stays, but for its title, which was the prompt",
  );
  assert.ok(!(await (await fetch(`${second.url}/api/sessions`)).text()).includes("private words"));
  for (const path of ["/calls?session_id=ses_old", "/search?q=private"])
    await until(`${path} has them no more`, async () => {
      const found = (await (await fetch(`${second.url}/api${path}`)).json()) as { lag: number };
      return found.lag === 0 && !JSON.stringify(found).includes("private words");
    });
  assert.deepEqual(
    counts(await json(t, env, "retention", "--apply")),
    [
      ["bodies", 0, false],
      ["texts", 0, false],
      ["raw", 0, false],
    ],
    "once is enough",
  );
  const applied = left.filter(({ id }) => id.startsWith("evt_")).map(({ data }) => [data["kind"], data["items"], data["session_ids"]]);
  assert.deepEqual(applied, [
    ["bodies", 2, undefined],
    ["texts", 1, ["ses_old"]],
    ["raw", 1, undefined],
  ]);
  await stop(second);
});
