// A daemon that others can reach, as its owner starts and uses it: and no token is anywhere but in the owner's hands.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openFrameReader } from "../src/testing/gateway-fixture.ts";
import { orrery, tempPerson } from "../src/testing/cli-process.ts";

const json = { "content-type": "application/json" };

test("beyond loopback: refused without an admin token, then only with one, and the tokens are in no file, event, answer or line", async (t) => {
  const { home, env, folder } = tempPerson(t);
  const run = async (...args: readonly string[]) => orrery(t, env, ...args).ended;
  const refused = await run("serve", "--host", "0.0.0.0");
  assert.equal(refused.code, 78);
  assert.match(refused.err, /^BIND_NEEDS_TOKEN: .*orrery token create/);
  const reader = (await run("token", "create", "reader", "--scope", "read")).out.trim();
  assert.equal((await run("serve", "--host", "0.0.0.0")).code, 78, "a reader alone could not make another token");
  const owner = (await run("token", "create", "owner", "--scope", "admin")).out.trim();
  assert.equal(statSync(join(home, "tokens.json")).mode & 0o777, 0o600);

  const daemon = orrery(t, { ...env, ORRERY_LOG_LEVEL: "debug" }, "serve", "--host", "0.0.0.0");
  const port = /:(\d+)$/.exec(await daemon.sees(/^Orrery ready at (http:\/\/0\.0\.0\.0:\d+)\n/))![1]!;
  const url = `http://127.0.0.1:${port}`;
  const as = (token: string) => ({ ...json, authorization: `Bearer ${token}` });

  assert.equal((await fetch(`${url}/api/status`)).status, 401);
  assert.equal((await fetch(`${url}/api/status?token=${reader}`)).status, 401, "a token in an address is no token");
  const status = await (await fetch(`${url}/api/status`, { headers: as(reader) })).text();
  const ws = await openFrameReader(url, { headers: { authorization: `Bearer ${reader}` } });
  assert.equal((await ws.ask("tokens.list"))["code"], "FORBIDDEN");

  // A program that is careless with its token: what it says of it is taken out before it is stored.
  const careless = { type: "x.shell.ran", data: { line: `curl -H 'x: ${owner}'`, note: `my key ${reader} ok` } };
  const sent = await fetch(`${url}/api/events`, { method: "POST", headers: as(owner), body: JSON.stringify(careless) });
  assert.equal(sent.status, 200);
  await fetch(`${url}/api/login`, { method: "POST", headers: json, body: JSON.stringify({ token: reader }) });
  await fetch(`${url}/api/status`, { headers: as(`${owner}x`) });

  mkdirSync(folder, { recursive: true });
  const file = join(folder, "owner-token");
  writeFileSync(file, `${owner}\n`, { mode: 0o600 });
  const list = await run("token", "ls", "--url", url, "--token-file", file);
  assert.match(list.out, /reader +read/);
  assert.equal((await run("ls", "--url", url)).code, 77);
  assert.equal((await run("ls", "--url", url, "--token-file", file)).code, 0);

  const closed = once(ws.ws, "close");
  assert.equal((await run("token", "revoke", "reader", "--url", url, "--token-file", file)).code, 0);
  assert.equal(((await closed) as [number])[0], 1008);
  const events = await (await fetch(`${url}/api/events?limit=200`, { headers: as(owner) })).text();
  const told = (JSON.parse(events) as { items: { type: string; data: { name?: string; by?: string } }[] }).items
    .filter(({ type }) => type.startsWith("token."))
    .map(({ type, data }) => [type, data.name, data.by]);
  assert.deepEqual(told, [
    ["token.created", "reader", "local"],
    ["token.created", "owner", "local"],
    ["token.revoked", "reader", "owner"],
  ]);
  assert.match(events, /redacted:orrery-token/);

  daemon.child.kill("SIGTERM");
  const { code, out, err } = await daemon.ended;
  assert.equal(code, 0);
  const files = filesUnder(home);
  for (const path of files) assert.equal(statSync(path).mode & 0o077, 0, `${path} is for nobody else to read`);
  assert.ok(files.length > 2);
  for (const secret of [owner, reader]) {
    const words = secret.slice("orrt_".length);
    for (const path of files) assert.ok(!readFileSync(path).includes(words), path);
    for (const text of [status, events, list.out, out, err, JSON.stringify(ws.frames)]) assert.ok(!text.includes(words));
  }
});

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
