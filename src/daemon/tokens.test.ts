import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { Caller } from "../contract/operations/index.ts";
import { openSqliteLog } from "../log/index.ts";
import { createFakeClock } from "../testing/gateway-fake-clock.ts";
import { openTokenBook } from "./token-book.ts";
import { createTokens } from "./tokens.ts";

const ann: Caller = { door: "http", actor: "ann" };

function setUp(t: TestContext) {
  const home = mkdtempSync(join(tmpdir(), "orrery-tokens-"));
  const clock = createFakeClock();
  const log = openSqliteLog({ home, clock });
  t.after(async () => {
    await log.close();
    rmSync(home, { recursive: true, force: true });
  });
  const book = openTokenBook({ home, clock });
  return { home, clock, log, book, tokens: createTokens({ book, log }) };
}

test("a token is answered once, kept as a hash in a file of its owner, and found again after a restart", async (t) => {
  const { home, clock, book, tokens } = setUp(t);
  const { token, ...row } = await tokens.handlers["tokens.create"]({ name: "laptop", scope: "read" }, ann);
  assert.match(token, /^orrt_[A-Za-z0-9_-]{43}$/);
  assert.equal(book.find(token)?.token_id, row.token_id);
  for (const wrong of ["", "orrt_", token.slice(0, -1), `${token}x`, token.toLowerCase()]) assert.equal(book.find(wrong), undefined);
  const path = join(home, "tokens.json");
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.doesNotMatch(readFileSync(path, "utf8"), new RegExp(token.slice(5)));
  const again = openTokenBook({ home, clock });
  assert.equal(again.find(token)?.name, "laptop");
  const { items } = await tokens.handlers["tokens.list"]({ state: "valid" }, ann);
  assert.deepEqual(Object.keys(items[0]!).toSorted(), ["created_at", "last_used_at", "name", "scope", "token_id"]);
});

test("a revoked token finds nobody, stays in the list of all, and its name is free again", async (t) => {
  const { home, clock, book, tokens } = setUp(t);
  const told: string[] = [];
  tokens.onRevoked((id) => told.push(id));
  const { token, token_id } = await tokens.handlers["tokens.create"]({ name: "ci", scope: "ingest" }, ann);
  assert.throws(() => book.create({ name: "ci", scope: "read" }, "ann"), { code: "BAD_INPUT" });
  await tokens.handlers["tokens.revoke"]({ token_id }, ann);
  assert.deepEqual(told, [token_id]);
  assert.equal(book.find(token), undefined);
  assert.equal(openTokenBook({ home, clock }).find(token), undefined);
  book.create({ name: "ci", scope: "read" }, "ann");
  const names = async (state: "valid" | "revoked" | "all") =>
    (await tokens.handlers["tokens.list"]({ state }, ann)).items.map(({ scope }) => scope);
  assert.deepEqual([await names("valid"), await names("revoked"), await names("all")], [["read"], ["ingest"], ["ingest", "read"]]);
  assert.throws(() => book.revoke("tok_none", "ann"), { code: "NOT_FOUND" });
});

test("the log says who may come in since when and by whom, once, also what was done while no daemon ran", async (t) => {
  const { log, book, tokens } = setUp(t);
  const { entry, token } = book.create({ name: "offline", scope: "admin" }, "local");
  await tokens.catchUp();
  await tokens.handlers["tokens.revoke"]({ token_id: entry.token_id }, ann);
  await tokens.catchUp();
  const events = log.read({ limit: 10 });
  assert.deepEqual(
    events.map(({ type, data }) => [type, (data as { by?: string }).by, (data as { name?: string }).name]),
    [
      ["token.created", "local", "offline"],
      ["token.revoked", "ann", "offline"],
    ],
  );
  const text = JSON.stringify(events);
  assert.ok(!text.includes(token) && !text.includes(entry.sha256));
});

test("when a token was last used is written at most once a minute", (t) => {
  const { home, clock, book } = setUp(t);
  const { token } = book.create({ name: "busy", scope: "read" }, "local");
  const written = () => openTokenBook({ home, clock }).entries()[0]!.last_used_at;
  assert.equal(written(), undefined);
  book.find(token);
  const first = written();
  clock.advance(59_000);
  book.find(token);
  assert.equal(written(), first);
  clock.advance(1_000);
  book.find(token);
  assert.notEqual(written(), first);
});

test("a file that is not ours stops the start instead of letting anybody in", (t) => {
  const { home, clock } = setUp(t);
  for (const text of ["", "{", "[]", '{"tokens":[{"token_id":"x"}]}']) {
    writeFileSync(join(home, "tokens.json"), text);
    assert.throws(() => openTokenBook({ home, clock }), { code: "SETTINGS_UNREADABLE" });
  }
});
