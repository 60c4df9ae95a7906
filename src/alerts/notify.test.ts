import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createFakeClock } from "../testing/gateway-fake-clock.ts";
import { createNotifier, sign } from "./notify.ts";
import { MINUTE } from "../testing/alerts-fixture.ts";

test("a webhook is signed, tried again when its server fails, not when the call is wrong; a command gets the alert on its input", async (t) => {
  const clock = createFakeClock();
  const calls: { readonly signature: string; readonly body: string }[] = [];
  const answers = [500, 503, 200, 400];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      calls.push({ signature: String(request.headers["orrery-signature"]), body });
      response.writeHead(answers[calls.length - 1] ?? 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}/hook`;
  const shown = url.replace("hook", "…");
  const tell = createNotifier({ clock, signal: new AbortController().signal });
  const moving = setInterval(() => clock.advance(MINUTE), 5);
  t.after(() => clearInterval(moving));

  assert.deepEqual(await tell({ webhook: { url, secret: "a long secret" } }, { why: "x" }), [{ to: shown, ok: true }]);
  assert.equal(calls.length, 3);
  for (const { signature, body } of calls) {
    const [, seconds, given] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature)!;
    assert.equal(given, sign("a long secret", Number(seconds), body));
  }
  assert.deepEqual(await tell({ webhook: { url } }, {}), [{ to: shown, ok: false, detail: "answered 400" }]);
  assert.equal(calls.length, 4);

  const file = join(mkdtempSync(join(tmpdir(), "orrery-command-")), "got.json");
  const command = (script: string) => ({ command: [process.execPath, "-e", script] });
  const [told] = await tell(command(`process.stdin.pipe(require("fs").createWriteStream(${JSON.stringify(file)}))`), { why: "because" });
  assert.deepEqual([told!.ok, JSON.parse(readFileSync(file, "utf8"))], [true, { why: "because" }]);
  rmSync(file);
  const [failed] = await tell(command("console.error('no desk'); process.exit(3)"), {});
  assert.deepEqual([failed!.ok, failed!.detail], [false, "ended with 3: no desk"]);
  assert.equal((await tell({ command: ["/no/such/program"] }, {}))[0]!.ok, false);
});
