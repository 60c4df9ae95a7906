import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { startTestGateway } from "../testing/gateway-fixture.ts";
import { send } from "../testing/http-send.ts";

test("the built page is served with its caching and its guards; addresses of the page give its index", async () => {
  const webRoot = mkdtempSync(join(tmpdir(), "orrery-web-"));
  mkdirSync(join(webRoot, "assets"));
  writeFileSync(join(webRoot, "index.html"), "<!doctype html><title>page</title>");
  writeFileSync(join(webRoot, "assets", "main-4f2a.js"), `console.log("${"x".repeat(5_000)}")`);
  const gateway = await startTestGateway({ webRoot });
  const html = { accept: "text/html,*/*" };
  for (const path of ["/", "/index.html", "/sessions/ses_1"]) {
    const page = await send(gateway, path, { headers: html });
    assert.deepEqual([page.status, page.headers["cache-control"]], [200, "no-cache"], path);
    assert.match(String(page.headers["content-security-policy"]), /default-src 'self'.*frame-ancestors 'none'/);
    assert.match(page.body, /<title>page/);
  }
  const script = await send(gateway, "/assets/main-4f2a.js", { headers: { "accept-encoding": "gzip" } });
  assert.match(String(script.headers["cache-control"]), /immutable/);
  assert.equal(script.headers["content-encoding"], "gzip");
  assert.equal(script.headers["x-content-type-options"], "nosniff");
  assert.equal((await send(gateway, "/assets/gone.js", { headers: html })).status, 404);
  assert.equal((await send(gateway, "/api/gone", { headers: html })).status, 404);
  assert.equal((await send(gateway, "/../../../../etc/passwd", { headers: html })).body.includes("root:"), false);
  assert.equal((await send(gateway, "/%2e%2e/%2e%2e/etc/passwd", { headers: html })).body.includes("root:"), false);
  assert.equal((await send(gateway, "/sessions/ses_1")).status, 404);
  await gateway.close();
  rmSync(webRoot, { recursive: true });
});
