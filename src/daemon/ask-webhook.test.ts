import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createNotifier, sign } from "../alerts/index.ts";
import type { EventDraft } from "../contract/events/index.ts";
import type { Caller } from "../contract/operations/index.ts";
import { openSqliteLog } from "../log/index.ts";
import { createFakeClock } from "../testing/gateway-fake-clock.ts";
import { createAskBook } from "./ask-book.ts";
import { createAskRows } from "./ask-rows.ts";
import { createAskWebhook } from "./ask-webhook.ts";
import { createAskHandlers } from "./asks.ts";
import { createHistory } from "./history.ts";
import { createProjector } from "./projector.ts";

const person: Caller = { door: "http", actor: "ana" };
const SECRET = "quite a long secret";

test("an address is told of each held ask, in order and signed: that it waits, that nobody answered in time, how it was decided; what is only seen is not told", async (t) => {
  const home = mkdtempSync(join(tmpdir(), "orrery-ask-webhook-"));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const got: { readonly body: string; readonly signature: string; readonly message: Record<string, unknown> }[] = [];
  let refusals = 1;
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      const isRefused = refusals-- > 0;
      if (!isRefused)
        got.push({
          body,
          signature: String(request.headers["orrery-signature"]),
          message: JSON.parse(body) as Record<string, unknown>,
        });
      response.writeHead(isRefused ? 503 : 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}/asks`;

  const clock = createFakeClock();
  const log = openSqliteLog({ home, clock });
  const history = createHistory(log);
  const projector = createProjector({ log, history, clock });
  const book = createAskBook({ log, clock, onError: assert.ifError });
  const rows = createAskRows({ log, clock, projector, history, book });
  const webhook = createAskWebhook({
    webhook: { url, secret: SECRET },
    tell: createNotifier({ clock, signal: new AbortController().signal }),
    held: book.get,
    rowOf: rows.ofHeld,
    pageUrl: () => "http://127.0.0.1:7717",
    onTold: (told) => assert.ok(told.ok, told.detail),
  });
  for (const listener of [projector.apply, book.apply, webhook.noted]) log.onCommit(listener);
  book.start();
  t.after(async () => {
    book.stop();
    await log.close();
  });
  const asks = createAskHandlers({ log, clock, projector, history, book });
  const told = async (count: number) => {
    // A refusal is tried again after a while, by the clock that the test moves.
    for (let turn = 0; got.length < count; turn++) {
      assert.ok(turn < 20_000, `only ${got.length} of ${count} were told`);
      if (turn % 50 === 0) clock.advance(100);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  const seen = { ask_id: "ask_seen", kind: "permission", tool: "Bash", prompt: "ls" };
  const draft = { id: "seen", type: "ask.opened", timestamp: new Date(clock.now()).toISOString(), source: "claude-code/hook" };
  await log.append([{ ...draft, session_id: "ses_1", agent_id: "agt_main", data: seen } as unknown as EventDraft]);
  const { ask_id } = await asks["asks.create"](
    { kind: "permission", tool: "Bash", prompt: "npm publish", risk: "high", deadline_ms: 60_000, on_timeout: "escalate", wait_ms: 0 },
    person,
  );
  await told(1);
  clock.advance(61_000);
  await told(2);
  await asks["asks.answer"]({ ask_id, answer: { decision: "deny" } }, person);
  await told(3);

  assert.deepEqual(
    got.map(({ message: { type, ask_id: of, prompt, risk, outcome, by, inbox } }) => ({ type, of, prompt, risk, outcome, by, inbox })),
    [
      { type: "ask.opened", prompt: "npm publish", outcome: undefined, by: undefined },
      { type: "ask.escalated", prompt: undefined, outcome: undefined, by: undefined },
      { type: "ask.answered", prompt: undefined, outcome: "denied", by: "ana" },
    ].map((each) => ({ ...each, of: ask_id, risk: "high", inbox: `http://127.0.0.1:7717/inbox?ask=${ask_id}` })),
  );
  for (const { body, signature } of got) {
    const [, seconds, given] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature)!;
    assert.equal(given, sign(SECRET, Number(seconds), body));
  }
});
