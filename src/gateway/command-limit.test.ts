import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeClock } from "../testing/gateway-fake-clock.ts";
import { startTestGateway } from "../testing/gateway-fixture.ts";

test("commands are counted per token or address and window; questions, ingest and what hooks ask are not", async () => {
  const clock = createFakeClock();
  const gateway = await startTestGateway({
    clock,
    config: { commands_per_window: 3 },
    tokens: {
      find: (token) => (token === "laptop" ? { token_id: "tok_1", name: "laptop", scope: "admin" } : undefined),
      hasAdmin: () => true,
      onRevoked: () => () => undefined,
    },
  });
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${gateway.url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
  const reset = (headers?: Record<string, string>) => post("/api/ui/reset", {}, headers);
  try {
    for (let i = 0; i < 3; i++) assert.equal((await reset()).status, 200);
    const refused = await reset();
    const { error } = (await refused.json()) as { error: { code: string; retry: string; details: { retry_after_ms: number } } };
    assert.deepEqual(
      [refused.status, refused.headers.get("retry-after"), error.code, error.retry, error.details.retry_after_ms],
      [429, "10", "RATE_LIMITED", "later", 10_000],
    );
    assert.equal((await fetch(`${gateway.url}/api/status`)).status, 200);
    assert.equal((await post("/api/events", [{ type: "x.told.on", data: {} }])).status, 200);
    const asked = await post("/api/ingest/claude-code/answer/1/ask", {
      hook_event_name: "PreToolUse",
      session_id: "s",
    });
    assert.equal(asked.status, 200);
    assert.equal((await reset({ authorization: "Bearer laptop" })).status, 200, "who has a token is counted alone");

    const call = async (name: string) => {
      const answer = await post(
        "/mcp",
        { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: {} } },
        {
          accept: "application/json, text/event-stream",
          "mcp-protocol-version": "2025-06-18",
        },
      );
      return answer.text();
    };
    assert.match(await call("reset_ui"), /RATE_LIMITED: More than 3 commands in 10000 ms/);
    assert.doesNotMatch(await call("get_status"), /RATE_LIMITED/);
    clock.advance(10_000);
    assert.equal((await reset()).status, 200);
    assert.doesNotMatch(await call("reset_ui"), /RATE_LIMITED/);
  } finally {
    const closed = gateway.close();
    clock.advance(1_000);
    await closed;
  }
});
