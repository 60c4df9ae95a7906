import assert from "node:assert/strict";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { orrery, serving, tempPerson } from "../src/testing/cli-process.ts";
import { hooksOf, layTranscripts, postHook, truthOf } from "./e2e/recordings.ts";

type Row = Readonly<Record<string, unknown>>;
interface Page {
  readonly items: readonly Row[];
  readonly next_cursor?: string;
  readonly lag: number;
}

const recordings = readdirSync(join(import.meta.dirname, "fixtures/claude-code"), { withFileTypes: true })
  .filter(
    (entry) =>
      entry.isDirectory() &&
      existsSync(join(entry.parentPath, entry.name, "transcript.jsonl")) &&
      existsSync(join(entry.parentPath, entry.name, "http-hooks.jsonl")),
  )
  .map(({ name }) => name);

async function read<T>(url: string, path: string): Promise<T> {
  const reply = await fetch(`${url}/api${path}`);
  assert.equal(reply.status, 200, `${path}: ${await reply.clone().text()}`);
  return (await reply.json()) as T;
}

async function level(url: string): Promise<Row> {
  for (const end = Date.now() + 20_000; ;) {
    const status = await read<Row>(url, "/catalog");
    if (status["state"] === "level" && Number(status["indexed_to"]) > 0) return status;
    if (Date.now() > end) assert.fail(JSON.stringify(status));
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

async function all(url: string, path: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (let cursor = ""; ;) {
    const page = await read<Page>(url, `${path}${path.includes("?") ? "&" : "?"}limit=7${cursor}`);
    rows.push(...page.items);
    if (page.next_cursor === undefined) return rows;
    cursor = `&cursor=${encodeURIComponent(page.next_cursor)}`;
  }
}

/** What a list shows of a call. */
const fields = [
  "session_id",
  "call_id",
  "agent_id",
  "name",
  "outcome",
  "state",
  "started_at",
  "ended_at",
  "duration_ms",
  "title",
  "request_id",
  "turn_id",
  "asked_at",
  "decided_at",
  "permission_wait_ms",
];
const shown = (row: Row) => JSON.stringify(fields.map((field) => row[field] ?? null));

/** The rows of the catalog are the calls that each session's own fold shows, paged and in order. */
async function agrees(url: string): Promise<number> {
  const { items } = await read<Page>(url, "/sessions?limit=200");
  const expected: Row[] = [];
  for (const { session_id } of items)
    for (let cursor = ""; ;) {
      const page = await read<Page>(url, `/sessions/${String(session_id)}/calls?limit=200${cursor}`);
      expected.push(...page.items.map((row) => ({ ...row, session_id })));
      if (page.next_cursor === undefined) break;
      cursor = `&cursor=${encodeURIComponent(page.next_cursor)}`;
    }
  const found = await all(url, "/calls?order=oldest");
  const sorted = (rows: readonly Row[]) => rows.map(shown).toSorted();
  assert.deepEqual(sorted(found), sorted(expected));
  const starts = found.map((row) => String(row["started_at"] ?? row["ended_at"]));
  assert.deepEqual(starts, starts.toSorted());
  const newest = await all(url, "/calls");
  assert.deepEqual(newest.map(shown), found.map(shown).toReversed());
  const ids = items.map(({ session_id }) => String(session_id));
  await requestsAgree(url, ids);
  for (const id of ids) await turnsAreInOrder(url, id);
  return found.length;
}

const requestFields = ["session_id", "request_id", "agent_id", "at", "model", "usage", "stop_reason", "duration_ms", "cost", "cache"];
const shownRequest = (row: Row) => JSON.stringify(requestFields.map((field) => row[field] ?? null));

/** And so are those of requests, priced alike. */
async function requestsAgree(url: string, ids: readonly string[]): Promise<void> {
  const expected: Row[] = [];
  for (const session_id of ids)
    expected.push(...(await all(url, `/sessions/${session_id}/requests`)).map((row) => ({ ...row, session_id })));
  const found = await all(url, "/requests?order=oldest");
  assert.deepEqual(found.map(shownRequest).toSorted(), expected.map(shownRequest).toSorted());
}

/** A session's calls paged by turn and start are all of them: turn after turn, each in order of its start, and a turn alone is a part of them. */
async function turnsAreInOrder(url: string, id: string): Promise<void> {
  const byTurn = await all(url, `/sessions/${id}/calls?order=turn`);
  const byStart = await all(url, `/sessions/${id}/calls`);
  assert.deepEqual(byTurn.map(shown).toSorted(), byStart.map(shown).toSorted());
  const turns = (await all(url, `/sessions/${id}/turns`)).map(({ turn_id }) => turn_id);
  const inTurns = turns.flatMap((turn) => byStart.filter(({ turn_id }) => turn_id === turn));
  const inNone = byStart.filter(({ turn_id }) => !turns.includes(turn_id));
  assert.deepEqual(byTurn.map(shown), [...inTurns, ...inNone].map(shown));
  const [last] = byTurn.flatMap(({ turn_id }) => turn_id ?? []).slice(-1);
  if (last === undefined) return;
  const alone = await all(url, `/sessions/${id}/calls?turn_id=${String(last)}`);
  assert.deepEqual(alone.map(shown), byStart.filter(({ turn_id }) => turn_id === last).map(shown));
}

test("rows are the calls that the fold shows: hooks first, transcripts later, after kill -9, deletion, junk in the file and a restore", async (t) => {
  const { home, folder, env } = tempPerson(t);
  let daemon = await serving(t, env, "--transcripts", "off");
  for (const name of recordings) for (const { body } of hooksOf(name)) await postHook(daemon.url, body);
  await level(daemon.url);
  const byHooks = await agrees(daemon.url);
  assert.ok(byHooks > 20);
  const backup = join(folder, "backup");
  assert.equal((await orrery(t, env, "backup", backup).ended).code, 0);

  for (const name of recordings) layTranscripts(name, join(folder, "claude"));
  daemon.child.kill("SIGKILL");
  await daemon.ended;
  daemon = await serving(t, env);
  const total = recordings.reduce((sum, name) => sum + truthOf(name).totals.calls, 0);
  for (const end = Date.now() + 20_000; (await level(daemon.url))["calls"] !== total;) {
    if (Date.now() > end) assert.fail(`${JSON.stringify(await level(daemon.url))} of ${total}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.equal(await agrees(daemon.url), total);

  const harms: readonly (() => void)[] = [
    () =>
      readdirSync(home)
        .filter((file) => file.startsWith("catalog.db"))
        .forEach((file) => writeFileSync(join(home, file), "")),
    () => writeFileSync(join(home, "catalog.db"), "not a database at all"),
    () => writeFileSync(join(home, "catalog.db"), Buffer.alloc(40_960, 0xff)),
  ];
  for (const harm of harms) {
    daemon.child.kill("SIGKILL");
    await daemon.ended;
    harm();
    daemon = await serving(t, env);
    await level(daemon.url);
    assert.equal(await agrees(daemon.url), total);
  }
  daemon.child.kill("SIGTERM");
  await daemon.ended;
  assert.equal((await orrery(t, env, "restore", backup).ended).code, 0);
  daemon = await serving(t, env, "--transcripts", "off");
  await level(daemon.url);
  assert.equal(await agrees(daemon.url), byHooks, "a catalog of another log is not believed");
  const rebuilt = await orrery(t, env, "catalog", "--rebuild", "--json").ended;
  assert.equal(rebuilt.code, 0, rebuilt.err);
  await level(daemon.url);
  assert.equal(await agrees(daemon.url), byHooks);
});

test("filters, aggregates, one call whole, a waterfall and search answer about the recordings", async (t) => {
  const { folder, env } = tempPerson(t);
  for (const name of ["subagents-nested", "failing-tools", "permissions"]) layTranscripts(name, join(folder, "claude"));
  const { url } = await serving(t, env);
  const truths = ["subagents-nested", "failing-tools", "permissions"].map(truthOf);
  const total = truths.reduce((sum, { totals }) => sum + totals.calls, 0);
  while ((await level(url))["calls"] !== total) await new Promise((resolve) => setTimeout(resolve, 50));

  const count = (wanted: (outcome: string) => boolean) =>
    truths.reduce((sum, { calls }) => sum + calls.filter(({ outcome }) => wanted(outcome)).length, 0);
  assert.equal(
    (await all(url, "/calls?outcome=denied")).length,
    count((outcome) => outcome === "denied"),
  );
  assert.equal(
    (await all(url, "/calls?outcome=failed")).length,
    count((outcome) => ["error", "timeout", "invalid", "denied"].includes(outcome)),
  );
  const session = `ses_${truths[0]!.sessions[0]!.session_id}`;
  assert.equal((await all(url, `/calls?session_id=${session}`)).length, truths[0]!.totals.calls);
  assert.deepEqual(await all(url, "/calls?session_id=ses_nobody"), []);
  const slow = await all(url, "/calls?order=longest&min_ms=100");
  const durations = slow.map((row) => Number(row["duration_ms"]));
  assert.ok(durations.length > 1 && durations.every((ms) => ms >= 100));
  assert.deepEqual(
    durations,
    durations.toSorted((a, b) => b - a),
  );
  assert.ok((await all(url, "/calls?tool=Bash&text=echo")).every((row) => row["name"] === "Bash"));

  const byTool = await read<{ items: Row[]; total: number }>(url, "/calls/aggregate?group_by=tool");
  assert.equal(byTool.total, total);
  assert.equal(
    byTool.items.reduce((sum, row) => sum + Number(row["count"]), 0),
    total,
  );
  const bash = byTool.items.find((row) => row["key"] === "Bash")!;
  assert.ok(Number(bash["p50_ms"]) <= Number(bash["p95_ms"]) && Number(bash["p95_ms"]) <= Number(bash["max_ms"]));

  const lead = truths[0]!.calls.find(({ name }) => name === "Agent" || name === "Task")!;
  const whole = await read<{ call: Row; request: Row; caused: { agents: Row[] }; share: Row }>(
    url,
    `/sessions/${session}/calls/call_${lead.call_id}`,
  );
  assert.equal(whole.call["call_id"], `call_${lead.call_id}`);
  assert.ok(whole.call["input"] !== undefined && whole.request["request_id"] !== undefined);
  assert.equal(whole.caused.agents.length, truths[0]!.agents.length - 1, "the lead and the one that it started");
  assert.equal(whole.share["method"], "request_split");

  const spent = await read<{ items: { key: string; tokens: Record<string, number> }[]; total: { tokens: Record<string, number> } }>(
    url,
    "/usage?group_by=tool",
  );
  assert.ok(spent.items.some(({ key }) => key === "Bash") && spent.items.every(({ key }) => key !== "(older sessions)"));
  for (const [bucket, sum] of Object.entries(spent.total.tokens))
    assert.equal(
      spent.items.reduce((all, { tokens }) => all + tokens[bucket]!, 0),
      sum,
      bucket,
    );

  const trace = await read<{ items: Row[]; total: number; critical: Row }>(url, `/sessions/${session}/trace?limit=1000`);
  const { requests, calls } = truths[0]!.totals;
  assert.deepEqual(
    ["turn", "agent", "request", "call"].map((kind) => trace.items.filter((span) => span["kind"] === kind).length),
    [1, truths[0]!.agents.length - 1, requests, calls],
  );
  assert.ok(trace.items.every((span) => String(span["end"] ?? span["start"]) >= String(span["start"])));
  const paged = [
    ...(await read<Page>(url, `/sessions/${session}/trace?limit=5`)).items,
    ...(await read<Page>(url, `/sessions/${session}/trace?limit=1000&offset=5`)).items,
  ];
  assert.deepEqual(paged, trace.items);

  const found = await read<Page>(url, "/search?q=echo&kinds=call");
  assert.ok(found.items.length > 0 && found.items.every(({ kind }) => kind === "call"));
  for (const { snippet, marks } of found.items as { snippet: string; marks: [number, number][] }[])
    for (const [from, to] of marks) assert.equal(snippet.slice(from, to).toLowerCase(), "echo");
  const errors = await read<Page>(url, "/search?q=exit&kinds=error");
  assert.ok(errors.items.length > 0);
  const said = await orrery(t, env, "search", "echo", "--kind", "call", "--json").ended;
  assert.deepEqual((JSON.parse(said.out) as Page).items, found.items.slice(0, 20));
  assert.match((await orrery(t, env, "search", "nothinglikethisanywhere").ended).err, /Nothing was found/);
  assert.equal((await orrery(t, env, "calls", "--outcome", "failed").ended).code, 0);
});
