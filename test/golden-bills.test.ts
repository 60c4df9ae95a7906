// What every recording cost, worked out by hand in golden-bills.json, against what the fold and the price table say: to the millionth of a dollar.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { StoredEvent } from "../src/contract/events/index.ts";
import { toId, type SessionId } from "../src/contract/ids.ts";
import { promptSteps, type Spend } from "../src/contract/operations/money.ts";
import { createAcp } from "../src/formats/acp/acp.ts";
import { createRollout } from "../src/formats/codex/rollout.ts";
import { createChat } from "../src/formats/gemini/chat.ts";
import { createOpencode } from "../src/formats/opencode/opencode.ts";
import type { Translation } from "../src/formats/translation.ts";
import { toTimestamp } from "../src/lib/clock.ts";
import { builtInSource, tablesOf } from "../src/money/built-in.ts";
import { costOf } from "../src/money/cost.ts";
import { readPriceFile } from "../src/money/price-file.ts";
import { createPrices } from "../src/money/prices.ts";
import { reportedTotal } from "../src/projections/cost.ts";
import type { Session } from "../src/projections/session.ts";
import { spendOf } from "../src/projections/usage.ts";
import { pictureKeep, trimSession } from "../src/projections/trim.ts";
import { drafts, fold, hasRecording, readLines } from "../src/testing/truth-clients.ts";
import { eventsOf, foldAll, loadRecordings } from "../src/testing/truth.ts";

interface Bill {
  readonly requests: readonly { readonly request: string; readonly model: string; readonly sum: string; readonly unseen?: boolean }[];
  readonly seen_by_agent?: Readonly<Record<string, string>>;
  readonly seen_exact?: string;
  readonly seen_micros?: number;
  readonly whole_exact?: string;
  readonly whole_micros?: number;
  readonly reported_exact?: string;
  readonly reported_micros?: number;
  readonly reported_by_session?: Readonly<Record<string, number>>;
  readonly incomplete?: string;
}

const fixtures = fileURLToPath(new URL("fixtures/", import.meta.url));
const golden = JSON.parse(readFileSync(new URL("golden-bills.json", import.meta.url), "utf8")) as {
  readonly prices: Readonly<Record<string, { readonly usd_per_million: Readonly<Record<string, string>> }>>;
  readonly bills: Readonly<Record<string, Bill>>;
};

const listed = createPrices(tablesOf(builtInSource));
const own = readPriceFile({ prices: [{ model: "fake-model", input: 1, output: 2, cache_read: 0.1 }] }, "yours", "yours");
assert.ok(own.ok);
const prices = createPrices([own.table, ...tablesOf(builtInSource)]);
const pricesAt = () => prices;

/** Sources that name each request: session files, and for opencode what it sends. */
const loaders: Readonly<Record<string, (name: string) => Map<SessionId, Session>>> = {
  "claude-code": (name) =>
    foldAll(eventsOf(recordings.find((each) => each.name === name)!.records.filter(({ source }) => source === "transcript"))),
  codex: (name) =>
    fold(drafts(["rollout-1.jsonl", "rollout-2.jsonl"].flatMap((file) => linesWith(createRollout().translate, `codex/${name}/${file}`)))),
  "gemini-cli": (name) => fold(drafts(linesWith(createChat().translate, `gemini-cli/${name}/chat.jsonl`))),
  opencode: (name) => fold(drafts(opencode(`opencode/${name}`))),
  acp: (name) => fold(drafts(acp(`acp/${name}/acp.jsonl`))),
};
const recordings = loadRecordings(`${fixtures}claude-code`);

function linesWith(translate: (line: unknown) => Translation, path: string): Translation[] {
  return hasRecording(path) ? readLines(path).map((line) => translate(line)) : [];
}

function opencode(folder: string): Translation[] {
  const server = createOpencode();
  if (hasRecording(`${folder}/events.jsonl`))
    return (readLines(`${folder}/events.jsonl`) as { t: number; event: unknown }[]).map(({ t, event }) =>
      server.event(event, toTimestamp(t)),
    );
  return ["run.jsonl", "run-2.jsonl"].flatMap((file) => {
    const run = createOpencode({ only: true });
    return linesWith((line) => run.line(line), `${folder}/${file}`);
  });
}

function acp(path: string): Translation[] {
  const connection = createAcp({ only: true });
  return (readLines(path) as { dir: string; t: number; msg: unknown }[]).map(({ dir, t, msg }) =>
    connection.translate(msg, dir === "client->agent" ? "to_agent" : "to_client", toTimestamp(t)),
  );
}

function load(name: string): Map<SessionId, Session> {
  const [client = "", ...rest] = name.split("/");
  return loaders[client]!(rest.join("/"));
}

/** What opencode prints while it runs names no model. */
function modelled<L extends Spend>(line: L): L {
  return line.model === "unknown" ? { ...line, model: "fake-model" } : line;
}

test("there is a bill for every recording", () => {
  const recorded = readdirSync(fixtures, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith("truth.json"))
    .map((path) => path.slice(0, -"/truth.json".length));
  assert.deepEqual(Object.keys(golden.bills).toSorted(), recorded.toSorted());
});

test("every sum in the bills is right, by decimals of its own", () => {
  for (const [name, bill] of Object.entries(golden.bills)) {
    let whole = 0n;
    let seen = 0n;
    for (const { sum, unseen } of bill.requests) {
      const [terms = "", result = ""] = sum.split(" = ");
      const total = terms.split(" + ").reduce((all, term) => {
        const [count = "0", price = "0"] = term.split(" x ");
        return all + BigInt(count) * millionths(price);
      }, 0n);
      assert.equal(total, millionths(result), `${name}: ${sum}`);
      whole += total;
      if (unseen !== true) seen += total;
    }
    if (bill.whole_exact !== undefined) assert.deepEqual([whole, rounded(whole)], [millionths(bill.whole_exact), bill.whole_micros], name);
    if (bill.seen_exact !== undefined) assert.deepEqual([seen, rounded(seen)], [millionths(bill.seen_exact), bill.seen_micros], name);
    if (bill.reported_exact !== undefined && bill.incomplete === undefined) assert.equal(bill.reported_exact, bill.whole_exact, name);
  }
});

test("the prices of the bills are those of the table", () => {
  for (const [model, { usd_per_million }] of Object.entries(golden.prices)) {
    const price = prices.price({ model, day: "2026-11-20", prompt_above: 0 });
    for (const [bucket, usd] of Object.entries(usd_per_million))
      assert.equal(price?.picos[bucket as "input"], millionths(usd), `${model} ${bucket}`);
  }
  assert.equal(listed.price({ model: "fake-model", day: "2026-11-20", prompt_above: 0 }), undefined);
});

for (const [name, bill] of Object.entries(golden.bills)) {
  if (bill.seen_exact === undefined) continue;
  test(`${name} costs what was worked out by hand`, () => {
    const sessions = [...load(name).values()];
    const requests = sessions.flatMap((session) => [...session.usage.requests.values()]);
    const seen = bill.requests.filter(({ unseen }) => unseen !== true);
    const computed = requests.map((request) => costOf([modelled(spendOf(request))], pricesAt).computed_usd_micros);
    assert.deepEqual(computed.toSorted(), seen.map(({ sum }) => rounded(millionths(sum.split(" = ")[1]!))).toSorted());
    for (const [index, { request_id, cost_usd_micros }] of requests.entries()) {
      const listedAs = seen.find(({ request }) => toId("req", request) === request_id);
      // Gemini's session file has ids that its other sources do not know, so the requests get names of their own.
      if (!name.startsWith("gemini")) assert.equal(computed[index], rounded(millionths(listedAs!.sum.split(" = ")[1]!)), request_id);
      if (cost_usd_micros !== undefined) assert.equal(cost_usd_micros, computed[index], request_id);
    }
    const lines = (of: readonly Session[]) => of.flatMap((session) => [...session.usage.totals.values()]).map(modelled);
    const cost = costOf(lines(sessions), pricesAt);
    assert.deepEqual([cost.computed_usd_micros, cost.unknown_requests], [bill.seen_micros, 0]);
    assert.equal(cost.price_version, prices.version);
    const trimmed = sessions.map((session) => trimSession(session, pictureKeep));
    assert.deepEqual(costOf(lines(trimmed), pricesAt), cost);
    for (const [key, exact] of Object.entries(bill.seen_by_agent ?? {})) {
      const [session = "", agent = ""] = key.split(" ");
      const total = sessions.find(({ session_id }) => session_id === toId("ses", session))!.usage.totals;
      const agentLines = [...total.values()].filter(({ agent_id }) => agent_id === toId("agt", agent)).map(modelled);
      assert.equal(costOf(agentLines, pricesAt).computed_usd_micros, rounded(millionths(exact)), key);
    }
    if (bill.reported_micros !== undefined) assert.equal(bill.whole_micros, bill.reported_micros);
  });
}

/** Compactions and refused answers are in no session file; telemetry has them. */
for (const { name, records } of recordings) {
  const bill = golden.bills[`claude-code/${name}`]!;
  const by = (sources: readonly string[]) => [...foldAll(eventsOf(records.filter(({ source }) => sources.includes(source)))).values()];
  const lines = (sessions: readonly Session[]) => sessions.flatMap((session) => [...session.usage.totals.values()]);
  if (records.some(({ source }) => source === "otel"))
    for (const sources of [["otel"], ["transcript", "otel"], ["otel", "hooks", "http-hooks", "transcript", "stream"]])
      test(`claude-code/${name} by ${sources.join(" and ")} costs the whole bill, as its client reports it`, () => {
        const cost = costOf(lines(by(sources)), pricesAt);
        assert.deepEqual([cost.computed_usd_micros, cost.requests, cost.unknown_requests], [bill.whole_micros, bill.requests.length, 0]);
        assert.equal(cost.reported_requests, bill.requests.length);
        // Each request's figure was rounded by itself.
        assert.ok(Math.abs(cost.reported_usd_micros! - bill.reported_micros!) <= bill.requests.length / 2);
      });
  if (records.some(({ source }) => source === "stream"))
    test(`claude-code/${name} by stream has the running total of its last result`, () => {
      const totals = by(["stream"]).flatMap((session) => reportedTotal(session.reported) ?? []);
      // A fork runs on from an amount that its stream does not tell: it has no figure rather than a wrong one.
      const [own = bill.reported_micros] = Object.values(bill.reported_by_session ?? {});
      assert.deepEqual(totals, [own]);
    });
  if (records.some(({ source, record }) => source === "transcript" && isCostLine(record)))
    for (const sources of [["transcript"], ["hooks", "transcript", "otel", "stream"]])
      test(`claude-code/${name} by ${sources.join(" and ")} has each session's own part of the running total`, () => {
        const sessions = new Map(by(sources).map((session) => [session.session_id, session.reported]));
        const totalOf = (id: SessionId) => sessions.get(id)?.running.get("session")?.usd_micros;
        const found = [...sessions]
          .map(([id, reported]) => [id, reportedTotal(reported, totalOf)] as const)
          .filter(([, micros]) => micros !== undefined);
        const expected = Object.entries(bill.reported_by_session ?? {}).map(([id, micros]) => [toId("ses", id), micros]);
        assert.deepEqual(found.toSorted(), expected.length > 0 ? expected.toSorted() : [[found[0]![0], bill.reported_micros]]);
      });
}

function isCostLine(record: unknown): boolean {
  return (record as { readonly type?: unknown }).type === "cost-state";
}

test("a model that no table has costs an unknown amount, never nothing", () => {
  const lines = [...load("opencode/serve-simple").values()].flatMap((session) => [...session.usage.totals.values()]);
  const unreported = lines.map((line) => ({ ...line, reported_requests: 0, reported_usd_micros: 0 }));
  const cost = costOf(unreported, () => listed);
  assert.deepEqual([cost.usd_micros, cost.computed_usd_micros, cost.source], [undefined, undefined, "unknown"]);
  assert.deepEqual([cost.unknown_requests, cost.unknown_models], [7, ["fake-model"]]);
});

test("what opencode reports and what is computed are shown with their difference", () => {
  const lines = [...load("opencode/serve-permission").values()].flatMap((session) => [...session.usage.totals.values()]);
  const { usd_micros, source, reported_usd_micros, computed_usd_micros, difference_usd_micros } = costOf(lines, pricesAt);
  assert.deepEqual(
    [usd_micros, source, reported_usd_micros, computed_usd_micros, difference_usd_micros],
    [10_647, "reported", 10_647, 10_647, 0],
  );
});

test("a connection's running cost is the session's reported cost; requests without tokens stay unknown", () => {
  for (const [name, bill] of Object.entries(golden.bills)) {
    if (!name.startsWith("acp/")) continue;
    const sessions = [...load(name).values()];
    const total = sessions.map((session) => reportedTotal(session.reported) ?? 0).reduce((a, b) => a + b, 0);
    assert.equal(total, bill.reported_micros ?? 0, name);
    for (const session of sessions) {
      const lines = [...session.usage.totals.values()];
      const cost = costOf(lines, pricesAt, { reportedTotal: reportedTotal(session.reported) });
      assert.equal(cost.source, bill.reported_micros === undefined ? "unknown" : "reported", name);
      assert.equal(cost.unknown_requests, cost.requests, name);
    }
  }
});

test("a running total is not added up: each session has its own part, also after a resume and a fork", () => {
  const bill = golden.bills["claude-code/resume"]!;
  const [, second] = Object.keys(bill.reported_by_session!).map((id) => toId("ses", id));
  const { records } = recordings.find(({ name }) => name === "resume")!;
  const events = eventsOf(records.filter(({ source }) => source === "transcript")).filter(({ type }) => type === "cost.reported");
  assert.equal(events.length, 3);
  for (const order of [events, events.toReversed(), [...events, ...events]]) {
    const sessions = foldAll(order.map((event, index) => ({ ...event, seq: index + 1 }) as StoredEvent));
    const total = (id: SessionId) => sessions.get(id)!.reported.running.get("session")!.usd_micros;
    for (const [id, micros] of Object.entries(bill.reported_by_session!))
      assert.equal(reportedTotal(sessions.get(toId("ses", id))!.reported, total), micros);
    assert.equal(reportedTotal(sessions.get(second!)!.reported), undefined, "nobody told what the fork began with");
  }
});

test("every size at which a listed price changes is one that sums are kept by", () => {
  for (const { rows } of prices.tables)
    for (const { model, steps } of rows)
      for (const { above } of steps) assert.ok((promptSteps as readonly number[]).includes(above), `${model} above ${above}`);
});

test("the table is that of the package", async () => {
  assert.ok(existsSync(new URL("../scripts/make-price-table.mjs", import.meta.url)));
  const { dependencies = {}, devDependencies } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    dependencies?: object;
    devDependencies: Record<string, string>;
  };
  assert.equal(`genai-prices-${devDependencies["@pydantic/genai-prices"]}`, builtInSource.version.split("+")[0]);
  assert.ok(!Object.hasOwn(dependencies, "@pydantic/genai-prices"));
});

/** A decimal of up to six places as millionths: millionths of millionths where the decimal is in micro-dollars. */
function millionths(decimal: string): bigint {
  const [whole = "0", part = ""] = decimal.split(".");
  assert.ok(part.length <= 6, decimal);
  return BigInt(whole) * 1_000_000n + BigInt(part.padEnd(6, "0"));
}

function rounded(picos: bigint): number {
  return Number((picos + 500_000n) / 1_000_000n);
}
