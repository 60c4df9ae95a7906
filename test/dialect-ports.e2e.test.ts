import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { serving, tempPerson } from "../src/testing/cli-process.ts";

async function taken(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

test("with usual ports, one that is taken is skipped with one line, and only the others are served and named", async (t) => {
  const names = ["hook_api", "hook_api_ws", "kei", "mpm", "boocode"];
  const ports = await Promise.all(names.map(taken));
  const port = Object.fromEntries(names.map((name, index) => [name, ports[index]!.port]));
  const kei = ports[2]!.server;
  t.after(() => kei.close());
  // Free again, all but the one.
  await Promise.all(ports.map(({ server }) => (server === kei ? undefined : new Promise((resolve) => server.close(resolve)))));
  const person = tempPerson(t);
  const list = names.map((name) => `${name}=${port[name]}`).join(",");
  const { url, child, ended } = await serving(t, { ...person.env, ORRERY_COMPAT: "usual", ORRERY_COMPAT_PORTS: list });
  const expected = {
    hook_api: `http://127.0.0.1:${port["hook_api"]}`,
    hook_api_ws: `ws://127.0.0.1:${port["hook_api_ws"]}`,
    boocode: `http://127.0.0.1:${port["boocode"]}`,
    mpm: `ws://127.0.0.1:${port["mpm"]}`,
  };
  const named = async () => [
    (JSON.parse(readFileSync(join(person.home, "daemon.json"), "utf8")) as { dialects: object }).dialects,
    ((await (await fetch(`${url}/api/status`)).json()) as { dialects: object }).dialects,
  ];
  assert.deepEqual(await named(), [expected, expected]);
  assert.equal((await fetch(`${expected.hook_api}/status`)).status, 200);
  assert.equal((await fetch(`${expected.boocode}/api/health`)).status, 200);
  assert.equal((await fetch(`${expected.mpm.replace("ws:", "http:")}/health`)).status, 200);
  child.kill("SIGINT");
  const lines = (await ended).err.split("\n").filter((line) => line.includes("not served"));
  assert.equal(lines.length, 1, lines.join("\n"));
  assert.match(lines[0]!, new RegExp(`kei is not served: port ${port["kei"]} is taken`));

  const off = await serving(t, { ...person.env, ORRERY_COMPAT: "off" });
  const { dialects } = (await (await fetch(`${off.url}/api/status`)).json()) as { dialects: object };
  assert.deepEqual(dialects, {});
});
