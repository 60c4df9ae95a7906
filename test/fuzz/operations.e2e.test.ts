// Every operation of the registry, over HTTP and the WebSocket, with inputs made from what it declares: one that is added is fuzzed by itself.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import fc from "fast-check";
import { WebSocket } from "ws";
import { z } from "zod";
import { errorTable, type ErrorCode } from "../../src/contract/errors.ts";
import type { Operation } from "../../src/contract/operation.ts";
import { operations } from "../../src/contract/operations/index.ts";
import { AuthParams, HistoryParams, SubscribeParams, UnsubscribeParams } from "../../src/contract/frames.ts";
import { inputOf, type Asked } from "./inputs.ts";
import { isKnownError, openTarget, seed } from "./target.ts";

type Input = Readonly<Record<string, unknown>>;

/** What the WebSocket takes beside operations. */
const commands: readonly Asked[] = [
  { name: "subscribe", input: SubscribeParams },
  { name: "unsubscribe", input: UnsubscribeParams },
  { name: "auth", input: AuthParams },
  { name: "ping", input: z.object({}) },
  { name: "get_status", input: z.object({}) },
  { name: "get_history", input: HistoryParams },
];
const HTTP_RUNS = 12;
const FRAME_RUNS = 8;
/** Nothing here is asked to wait for longer than a second. */
const STUCK_AFTER_MS = 60_000;

test("whatever an operation is asked, it answers: with what it declares or with an error of the table", async (t) => {
  const target = await openTarget(t);
  const names = { folder: target.folder, ids: [target.site.session, target.site.call, "agt_main", "tkt_1", "x.a.b", "ask_1"] };
  const before = await target.vitals();

  for (const operation of operations as readonly Operation[]) {
    await t.test(`${operation.name} over HTTP`, async () => {
      await fc.assert(
        fc.asyncProperty(inputOf(operation, names), async (input) => {
          const reply = await request(target.url, operation, input);
          const body = await reply.text();
          if (!reply.ok) isKnownError(reply.status, body, operation.name);
          else if (operation.reply === undefined || operation.reply === "json") JSON.parse(body);
        }),
        { seed, numRuns: HTTP_RUNS, endOnFailure: true },
      );
    });
  }

  const ws = new WebSocket(`${target.url.replace("http", "ws")}/ws`);
  const answers = new Map<string, (frame: Frame) => void>();
  ws.on("message", (data: Buffer) => {
    const frame = JSON.parse(data.toString("utf8")) as Frame;
    answers.get(frame.id ?? "")?.(frame);
  });
  await once(ws, "open");
  for (const operation of [...(operations as readonly Asked[]), ...commands]) {
    await t.test(`${operation.name} over the WebSocket`, async () => {
      let asked = 0;
      await fc.assert(
        fc.asyncProperty(inputOf(operation, names), async (params) => {
          const id = `${operation.name} ${asked++}`;
          assert.equal(ws.readyState, ws.OPEN, "the socket was closed");
          const answer = new Promise<Frame>((resolve, reject) => {
            const timer = setTimeout(() => reject(new Error(`${id} was never answered`)), STUCK_AFTER_MS);
            answers.set(id, (frame) => (clearTimeout(timer), resolve(frame)));
          });
          ws.send(JSON.stringify({ command: operation.name, id, params }));
          const { type, code } = await answer;
          answers.delete(id);
          if (type !== "error") return assert.ok(type === "result" || type === "subscribed", type);
          assert.ok(code !== undefined && Object.hasOwn(errorTable, code) && code !== "INTERNAL", `${id}: ${code}`);
        }),
        { seed, numRuns: FRAME_RUNS, endOnFailure: true },
      );
    });
  }
  ws.close();
  await target.isAsBefore(before);
});

interface Frame {
  readonly type: string;
  readonly id?: string;
  readonly code?: ErrorCode;
}

function request(url: string, { method, path, body: kind }: Operation, input: Input): Promise<Response> {
  const rest = new Map(Object.entries(input));
  const place = path.replace(/:([a-z0-9_]+)/g, (_, name: string) => {
    const value = worded(rest.get(name) ?? "x");
    rest.delete(name);
    // A path segment of `.` or `..` is another path before it leaves here.
    return encodeURIComponent(/^\.{0,2}$/.test(value) ? "x" : value);
  });
  const isBodiless = method === "GET" || method === "DELETE";
  const query = new URLSearchParams();
  if (isBodiless || kind === "bytes") for (const [name, value] of rest) query.append(name, worded(value));
  const body =
    kind === "bytes"
      ? worded(rest.get("text") ?? "")
      : JSON.stringify(rest.get("events") ?? rest.get("bodies") ?? Object.fromEntries(rest));
  return fetch(`${url}/api${place}?${query}`, {
    method,
    signal: AbortSignal.timeout(STUCK_AFTER_MS),
    ...(isBodiless ? {} : { headers: { "content-type": "application/json" }, body }),
  });
}

function worded(value: unknown): string {
  return (typeof value === "string" ? value : (JSON.stringify(value) ?? "")).toWellFormed().slice(0, 2_000);
}
