import assert from "node:assert/strict";
import { appendFileSync, copyFileSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Import } from "../src/contract/operations/imports.ts";
import { orrery, serving, tempPerson } from "../src/testing/cli-process.ts";
import { layTranscripts, truthOf } from "./e2e/recordings.ts";
import { until } from "../src/testing/until.ts";

/** What a transcript does not hold: the request that summarises for a compaction, and those that were tried again. */
const NOT_WHOLE = new Set(["compact", "autocompact", "api-errors"]);
const fixtures = join(import.meta.dirname, "fixtures");
const recordings = readdirSync(join(fixtures, "claude-code"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join(entry.parentPath, entry.name, "transcript.jsonl")))
  .map(({ name }) => name)
  .filter((name) => !NOT_WHOLE.has(name) && truthOf(name).sessions.length === 1);
const truths = recordings.map(truthOf);

type Totals = { readonly requests: number; readonly calls: number; readonly output: number };

async function totalsOf(url: string): Promise<Totals> {
  const read = async (path: string) => (await fetch(`${url}/api${path}`)).json() as Promise<Record<string, unknown>>;
  const usage = (await read("/usage?group_by=day")) as { total: { requests: number; tokens: { output: number } } };
  const sessions = (await read("/sessions?limit=200")) as { items: { calls_total: number }[] };
  return {
    requests: usage.total.requests,
    calls: sessions.items.reduce((sum, { calls_total }) => sum + calls_total, 0),
    output: usage.total.tokens.output,
  };
}

const sumOf = (pick: (totals: (typeof truths)[number]["totals"]) => number) => truths.reduce((sum, { totals }) => sum + pick(totals), 0);

test(
  "old transcripts are imported through a killed daemon, and again: the sums are those of the recordings",
  { timeout: 400_000 },
  async (t) => {
    const { env, folder } = tempPerson(t);
    const old = join(folder, "backup of claude");
    for (const name of recordings) layTranscripts(name, old);

    const first = await serving(t, env, "--no-open");
    const cut = orrery(t, env, "import", old);
    await until(
      "some of it is stored",
      async () => ((await (await fetch(`${first.url}/api/status`)).json()) as { head: number }).head > 20,
    );
    first.child.kill("SIGKILL");
    assert.notEqual((await cut.ended).code, null);

    const { url } = await serving(t, env, "--no-open");
    const again = await orrery(t, env, "import", old, "--json").ended;
    assert.equal(again.code, 0, again.err);
    assert.deepEqual((({ state, format, rejected }) => ({ state, format, rejected }))(JSON.parse(again.out) as Import), {
      state: "done",
      format: "claude-code/transcript",
      rejected: 0,
    });
    const expected = {
      requests: sumOf(({ requests }) => requests),
      calls: sumOf(({ calls }) => calls),
      output: sumOf(({ tokens }) => tokens["output"]!),
    };
    assert.deepEqual(await totalsOf(url), expected);

    const third = await orrery(t, env, "import", join(old, "projects")).ended;
    assert.match(third.out, /^Nothing new: /);
    assert.deepEqual(await totalsOf(url), expected);
  },
);

test(
  "one project, one session, a Codex home and a Gemini home are told apart; what is none of them is refused with what to give",
  { timeout: 400_000 },
  async (t) => {
    const { env, folder } = tempPerson(t);
    const [one = "", other = ""] = recordings;
    for (const name of [one, other]) layTranscripts(name, join(folder, "old"));
    const project = join(folder, "old/projects/-home-dev-project");
    const codex = join(folder, "old-codex");
    mkdirSync(join(codex, "sessions/2026/11/20"), { recursive: true });
    copyFileSync(join(fixtures, "codex/simple/rollout-1.jsonl"), join(codex, "sessions/2026/11/20/rollout-2026-11-20-1.jsonl"));
    await serving(t, env, "--no-open");
    const imported = async (path: string) => {
      const { code, out, err } = await orrery(t, env, "import", path, "--json").ended;
      assert.equal(code, 0, err);
      return JSON.parse(out) as Import;
    };
    const session = truthOf(one).sessions[0]!.session_id;
    const single = await imported(join(project, `${session}.jsonl`));
    assert.deepEqual([single.sessions, single.state], [1, "done"]);
    assert.ok(single.bytes >= statSync(join(project, `${session}.jsonl`)).size && single.events > 0);
    assert.equal((await imported(project)).sessions, 1, "the one that was not read yet");
    const rollout = await imported(join(codex, "sessions"));
    assert.deepEqual([rollout.format, rollout.sessions, rollout.files], ["codex/rollout", 1, 1]);

    const gemini = join(folder, "old-gemini/tmp/shop/chats");
    mkdirSync(gemini, { recursive: true });
    writeFileSync(join(gemini, "session-1.jsonl"), "not json\n");
    const junk = await imported(join(folder, "old-gemini"));
    assert.deepEqual([junk.format, junk.state, junk.rejected], ["gemini-cli/chat", "done", 1]);

    // A session that has grown since is read on from where reading stopped.
    appendFileSync(join(project, `${session}.jsonl`), "\n");
    assert.deepEqual((({ files, events }) => [files, events])(await imported(project)), [1, 0]);

    const exported = join(folder, "exported.jsonl");
    writeFileSync(exported, '{"id":"e1","type":"note","timestamp":"2026-11-20T10:00:00.000Z","source":"api","data":{}}\n');
    const rolloutFile = join(codex, "sessions/2026/11/20/rollout-2026-11-20-1.jsonl");
    for (const path of [folder, join(folder, "nowhere"), exported, rolloutFile]) {
      const { code, err } = await orrery(t, env, "import", path).ended;
      assert.equal(code, 64, err);
      assert.match(err, /path (holds no transcripts: give a Claude Code config folder|names nothing)/);
    }
  },
);

test("exported events are read in another home: the same ids, nothing twice, bad lines told", { timeout: 400_000 }, async (t) => {
  const { env, folder } = tempPerson(t);
  const name = recordings[0]!;
  layTranscripts(name, join(folder, "old"));
  const first = await serving(t, env, "--no-open");
  assert.equal((await orrery(t, env, "import", join(folder, "old")).ended).code, 0);
  const session = `ses_${truthOf(name).sessions[0]!.session_id}`;
  const events = await (await fetch(`${first.url}/api/sessions/${session}/export?format=jsonl`)).text();
  const idsOf = (text: string) =>
    text
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { id: string }).id);
  const total = await totalsOf(first.url);

  const other = tempPerson(t);
  const file = join(other.folder, "file.jsonl");
  // The last line has no end, and one is cut off in its midst.
  writeFileSync(file, `${events}{"id":"half\n\n${events.split("\n")[0]}`);
  const second = await serving(t, other.env, "--no-open");
  const read = JSON.parse((await orrery(t, other.env, "import", file, "--json").ended).out) as Import;
  const count = idsOf(events).length;
  assert.deepEqual(
    [read.state, read.format, read.events, read.duplicates, read.rejected, read.sessions, read.files],
    ["done", "orrery/events", count, 1, 1, 1, 1],
  );
  const again = await (await fetch(`${second.url}/api/sessions/${session}/export?format=jsonl`)).text();
  assert.deepEqual(idsOf(again), idsOf(events));
  assert.deepEqual(await totalsOf(second.url), total);
  const copy = join(other.folder, "copy.jsonl");
  copyFileSync(file, copy);
  const twice = JSON.parse((await orrery(t, other.env, "import", copy, "--json").ended).out) as Import;
  assert.deepEqual([twice.events, twice.duplicates], [0, count + 1]);
  assert.deepEqual(await totalsOf(second.url), total);
});

test("an import that is cut off by a kill goes on by itself at the next start, under its own id", { timeout: 400_000 }, async (t) => {
  const { env, folder } = tempPerson(t);
  const file = join(folder, "many.jsonl");
  const many = 8_000;
  const event = (no: number) => ({
    id: `evt_${no}`,
    type: "message.added",
    timestamp: new Date(Date.UTC(2026, 10, 20) + no).toISOString(),
    source: "test",
    session_id: "ses_many",
    agent_id: "agt_main",
    data: { message_id: `msg_${no}`, role: "assistant", parts: [{ kind: "text", text: `number ${no}` }] },
  });
  writeFileSync(file, Array.from({ length: many }, (_, no) => `${JSON.stringify(event(no))}\n`).join(""));
  const first = await serving(t, env, "--no-open");
  const started = await fetch(`${first.url}/api/imports`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ path: file }),
  });
  const { import_id } = (await started.json()) as Import;
  const get = async (url: string) => (await (await fetch(`${url}/api/imports/${import_id}`)).json()) as Import;
  let seen = await get(first.url);
  while (seen.events === 0) seen = await get(first.url);
  first.child.kill("SIGKILL");
  assert.equal(seen.state, "reading");

  const second = await serving(t, env, "--no-open");
  const now = await until("it goes on to the end", async () => {
    const seen = await get(second.url);
    return seen.state !== "reading" && seen;
  });
  assert.deepEqual([now.state, now.path, now.files, now.sessions], ["done", file, 1, 1]);
  const { items } = (await (await fetch(`${second.url}/api/events?session_id=ses_many&order=newest&limit=1`)).json()) as {
    items: { id: string; seq: number }[];
  };
  assert.equal(items[0]!.id, `evt_${many - 1}`);
  const exported = await (await fetch(`${second.url}/api/sessions/ses_many/export?format=jsonl`)).text();
  assert.equal(exported.trim().split("\n").length, many, "each once");
});
