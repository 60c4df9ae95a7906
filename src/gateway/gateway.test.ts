import assert from "node:assert/strict";
import { test } from "node:test";
import { openFrameReader, startTestGateway } from "../testing/gateway-fixture.ts";
import { send } from "../testing/http-send.ts";

test("a gateway that is not ready says so and serves", async () => {
  const gateway = await startTestGateway({ ready: () => false });
  assert.equal((await send(gateway, "/readyz")).status, 503);
  assert.equal((await send(gateway, "/healthz")).status, 200);
  await gateway.close();
});

test("a taken port and an address that others can reach are refused by name", async () => {
  const gateway = await startTestGateway();
  await assert.rejects(startTestGateway({ config: { port: gateway.port } }), { code: "PORT_TAKEN" });
  for (const host of ["0.0.0.0", "::", "192.168.1.5", "example.com"])
    await assert.rejects(startTestGateway({ config: { host } }), { code: "BIND_NEEDS_TOKEN" });
  await gateway.close();
});

test("a stopping gateway closes within a second, though a request hangs and a client does not read", async () => {
  const gateway = await startTestGateway({ handlers: { "status.get": () => new Promise(() => undefined) } });
  const hanging = fetch(`${gateway.url}/api/status`).catch((error: unknown) => error);
  const client = await openFrameReader(gateway.url);
  client.ws.pause();
  await client.ws.ping();
  const started = performance.now();
  await gateway.close();
  assert.ok(performance.now() - started < 1_000);
  assert.ok((await hanging) instanceof Error);
  client.close();
});
