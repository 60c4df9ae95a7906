import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { after, before, describe, test } from "node:test";
import { startTestGateway, type TestGateway } from "../testing/gateway-fixture.ts";
import { type Answer, event, json, send } from "../testing/http-send.ts";

/** The error's code, or 101 when the socket opened. */
function upgradeCode(gateway: TestGateway, headers: Record<string, string>): Promise<string | number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      host: "127.0.0.1",
      port: gateway.port,
      path: "/ws",
      headers: {
        ...headers,
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        "sec-websocket-version": "13",
      },
    });
    request.on("upgrade", (_response, socket) => (socket.destroy(), resolve(101)));
    request.on("response", (response) => {
      let text = "";
      response.on("data", (part: Buffer) => (text += part.toString()));
      response.on("end", () => resolve((JSON.parse(text) as Answer).error.code));
    });
    request.on("error", reject);
    request.end();
  });
}

describe("a door of this machine", () => {
  let gateway: TestGateway;
  before(async () => {
    gateway = await startTestGateway({ config: { allowed_origins: "https://tools.example, http://other.example:8080" } });
  });
  after(() => gateway.close());

  test("only this machine's names and origins are served, on HTTP and on the WebSocket", async () => {
    const { port } = gateway;
    const mine = `127.0.0.1:${port}`;
    const cases: [host: string, origin: string | undefined, expected: string | undefined][] = [
      [mine, undefined, undefined],
      [`localhost:${port}`, undefined, undefined],
      [`[::1]:${port}`, undefined, undefined],
      [mine, `http://${mine}`, undefined],
      [mine, `http://localhost:${port}`, undefined],
      ["localhost:9999", "http://localhost:9999", undefined],
      [mine, "https://tools.example", undefined],
      [mine, "http://other.example:8080", undefined],
      ["evil.example", undefined, "FORBIDDEN_HOST"],
      [`evil.example:${port}`, `http://evil.example:${port}`, "FORBIDDEN_HOST"],
      [`127.0.0.1.evil.example:${port}`, undefined, "FORBIDDEN_HOST"],
      ["0.0.0.0", undefined, "FORBIDDEN_HOST"],
      [mine, "http://evil.example", "FORBIDDEN_ORIGIN"],
      [mine, "https://tools.example.evil.example", "FORBIDDEN_ORIGIN"],
      [mine, `http://127.0.0.1:${port === 65_535 ? 1 : port + 1}`, "FORBIDDEN_ORIGIN"],
      [mine, "null", "FORBIDDEN_ORIGIN"],
      [mine, "", "FORBIDDEN_ORIGIN"],
    ];
    for (const [host, origin, expected] of cases) {
      const headers = { host, ...(origin === undefined ? {} : { origin }) };
      const read = await send(gateway, "/api/status", { headers });
      assert.equal(read.error.code, expected, `GET from ${host} ${origin}`);
      const write = await send(gateway, "/api/events", { headers: { ...headers, ...json }, body: JSON.stringify(event) });
      assert.equal(write.error.code, expected, `POST from ${host} ${origin}`);
      const page = await send(gateway, "/", { headers });
      assert.equal(page.error.code, expected, `page from ${host} ${origin}`);
      assert.equal(await upgradeCode(gateway, headers), expected ?? 101, `WebSocket from ${host} ${origin}`);
    }
  });

  test("an allowed foreign page is told that it may read, others are not", async () => {
    const origin = "https://tools.example";
    const preflight = await send(gateway, "/api/events", {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST" },
    });
    assert.deepEqual([preflight.status, preflight.headers["access-control-allow-origin"]], [204, origin]);
    assert.equal((await send(gateway, "/api/status", { headers: { origin } })).headers["access-control-allow-origin"], origin);
    assert.equal((await send(gateway, "/api/status")).headers["access-control-allow-origin"], undefined);
  });
});
