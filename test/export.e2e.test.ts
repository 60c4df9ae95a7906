import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { orrery, serving, tempPerson } from "../src/testing/cli-process.ts";
import { hooksOf, layTranscripts, postHook, truthOf } from "./e2e/recordings.ts";

interface SessionAnswer {
  readonly calls: Readonly<Record<string, number>>;
  readonly calls_total: number;
  readonly requests: number;
  readonly tokens: Readonly<Record<string, number>>;
  readonly agents: readonly { readonly agent_id: string; readonly parent_agent_id?: string; readonly depth: number }[];
}

async function read<T>(url: string, path: string): Promise<T> {
  const reply = await fetch(`${url}${path}`);
  assert.equal(reply.status, 200, `${path}: ${await reply.clone().text()}`);
  return (await reply.json()) as T;
}

/** A daemon that has seen a recording, by hooks and by transcripts. */
async function withRecording(t: TestContext, name: string) {
  const { env, folder } = tempPerson(t);
  layTranscripts(name, join(folder, "claude"));
  const daemon = await serving(t, env);
  for (const { body } of hooksOf(name)) await postHook(daemon.url, body);
  const session = `ses_${truthOf(name).sessions[0]!.session_id}`;
  const { totals } = truthOf(name);
  for (const end = Date.now() + 15_000; ;) {
    const reply = await fetch(`${daemon.url}/api/sessions/${session}`);
    const view = reply.ok ? ((await reply.json()) as SessionAnswer) : undefined;
    if (view?.requests === totals.requests && view.calls_total === totals.calls) return { daemon, session, env, folder };
    if (Date.now() > end) assert.fail(`never whole: ${JSON.stringify(view)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

for (const name of ["subagents-nested", "failing-tools"]) {
  test(`${name}: exported events make the same session elsewhere, once, however often they are sent`, async (t) => {
    const { daemon, session, env, folder } = await withRecording(t, name);
    const file = join(folder, "session.jsonl");
    const written = await orrery(t, env, "export", session.slice(4, 14), "--out", file, "--json").ended;
    assert.equal(written.code, 0, written.err);
    const { lines } = JSON.parse(written.out) as { lines: number };
    const text = readFileSync(file, "utf8");
    assert.equal(text.trimEnd().split("\n").length, lines);
    assert.equal(await (await fetch(`${daemon.url}/api/sessions/${session}/export`)).text(), text, "the same at every door");

    const other = await serving(t, tempPerson(t).env);
    for (let time = 0; time < 2; time++) {
      const reply = await fetch(`${other.url}/api/events`, {
        method: "POST",
        headers: { "content-type": "application/x-ndjson" },
        body: text,
      });
      const told = (await reply.json()) as { stored: number; duplicates: number; rejected: number };
      assert.deepEqual([told.stored, told.duplicates, told.rejected], time === 0 ? [lines, 0, 0] : [0, lines, 0]);
    }
    for (const path of ["", "/calls?limit=200", "/messages?limit=200", "/turns?limit=200", "/requests?limit=200"])
      assert.deepEqual(
        await read(other.url, `/api/sessions/${session}${path}`),
        await read(daemon.url, `/api/sessions/${session}${path}`),
        path,
      );
  });

  test(`${name}: exported spans say the same to a program that knows only OTLP`, async (t) => {
    const { daemon, session, env } = await withRecording(t, name);
    const { out, err, code } = await orrery(t, env, "export", session, "--format", "otlp").ended;
    assert.equal(code, 0, err);
    const other = await serving(t, tempPerson(t).env);
    const taken = await fetch(`${other.url}/v1/traces`, { method: "POST", headers: { "content-type": "application/json" }, body: out });
    assert.equal(taken.status, 200);
    assert.deepEqual(await taken.json(), {}, "nothing is refused");
    const before = await read<SessionAnswer>(daemon.url, `/api/sessions/${session}`);
    const after = await read<SessionAnswer>(other.url, `/api/sessions/${session}`);
    const bad = ({ calls }: SessionAnswer) => calls["error"]! + calls["timeout"]! + calls["invalid"]! + calls["denied"]!;
    assert.deepEqual([after.calls_total, bad(after)], [before.calls_total, bad(before)]);
    assert.equal(after.requests, before.requests);
    const written = ({ tokens }: SessionAnswer) => tokens["cache_write_5m"]! + tokens["cache_write_1h"]!;
    for (const bucket of ["input", "cache_read", "output"]) assert.equal(after.tokens[bucket], before.tokens[bucket], bucket);
    assert.equal(written(after), written(before), "the convention has one bucket for both writes");
    const tree = (view: SessionAnswer) => view.agents.map(({ agent_id, depth }) => `${depth} ${agent_id}`).toSorted();
    assert.deepEqual(tree(after), tree(before));
  });
}

test("everything is exported, also events of no session; what does not exist is said", async (t) => {
  const { daemon, env, folder } = await withRecording(t, "simple-tools");
  await fetch(`${daemon.url}/api/events`, {
    method: "POST",
    body: JSON.stringify([{ type: "x.deploy.done", data: { text: "long ".repeat(8_000) } }]),
    headers: { "content-type": "application/json" },
  });
  const file = join(folder, "all.jsonl");
  const { head } = await read<{ head: number }>(daemon.url, "/api/status");
  assert.equal((await orrery(t, env, "export", "--out", file).ended).code, 0);
  const lines = readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { seq: number; type: string; data: { text?: unknown } });
  assert.deepEqual(
    lines.slice(0, head).map(({ seq }) => seq),
    Array.from({ length: head }, (_, index) => index + 1),
  );
  assert.equal(lines.find(({ type }) => type === "x.deploy.done")!.data.text, "long ".repeat(8_000));
  assert.match((await orrery(t, env, "export", "nobody").ended).err, /^NOT_FOUND: There is no session ses_nobody/);
  assert.match((await orrery(t, env, "export", "--format", "otlp").ended).err, /^BAD_INPUT: /);
});
