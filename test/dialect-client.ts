// A plain WebSocket client that keeps what it is sent, and daemons with every dialect on free ports.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { WebSocket, type ClientOptions } from "ws";
import { serving, tempPerson } from "../src/testing/cli-process.ts";

/** A frame of any dialect: a test says by reading a field that it must be there. */
export interface Frame {
  readonly [field: string]: unknown;
  readonly type: string;
  readonly timestamp: string;
  readonly alive: readonly Told[];
  readonly data: Told;
}
interface Told {
  readonly [field: string]: unknown;
  readonly event: string;
  readonly id: string;
  readonly events: readonly Frame[];
  readonly message: string;
  readonly retry_after_ms: number;
}

/** Only what never comes is waited for so long. */
const PATIENCE_MS = 60_000;

export interface Listener {
  readonly frames: Frame[];
  readonly ws: WebSocket;
  /** The first frame from `from` on that satisfies. */
  sees(what: string, isIt: (frame: Frame) => boolean, from?: number): Promise<Frame>;
  send(value: unknown): void;
}

export interface DialectDaemon {
  readonly url: string;
  readonly folder: string;
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  readonly dialects: Readonly<Record<string, string>>;
  /** Ends it as Ctrl-C does. */
  stop(): Promise<void>;
}

export async function withDialects(t: TestContext, more: NodeJS.ProcessEnv = {}): Promise<DialectDaemon> {
  const person = tempPerson(t);
  const env = { ...person.env, ORRERY_COMPAT: "any", ...more };
  const { url, child, ended } = await serving(t, env);
  const { dialects } = JSON.parse(readFileSync(join(person.home, "daemon.json"), "utf8")) as { dialects: Record<string, string> };
  const stop = async () => {
    child.kill("SIGINT");
    await ended;
  };
  return { url, folder: person.folder, home: person.home, env, dialects, stop };
}

/** The same person's next daemon, on other ports. */
export async function restarted(t: TestContext, daemon: DialectDaemon): Promise<DialectDaemon> {
  await daemon.stop();
  const { url } = await serving(t, daemon.env);
  const { dialects } = JSON.parse(readFileSync(join(daemon.home, "daemon.json"), "utf8")) as { dialects: Record<string, string> };
  return { ...daemon, url, dialects };
}

export async function listen(t: TestContext, url: string, protocols: string[] = [], options: ClientOptions = {}): Promise<Listener> {
  const ws = new WebSocket(url, protocols, options);
  t.after(() => ws.terminate());
  const frames: Frame[] = [];
  const waiting = new Set<() => void>();
  ws.on("message", (data: Buffer) => {
    frames.push(JSON.parse(data.toString("utf8")) as Frame);
    for (const look of waiting) look();
  });
  await new Promise<void>((resolve, reject) => {
    ws.on("open", resolve);
    ws.on("error", reject);
    ws.on("unexpected-response", (_request, response) => reject(new Error(`refused with ${response.statusCode}`)));
  });
  return {
    frames,
    ws,
    send: (value) => ws.send(typeof value === "string" ? value : JSON.stringify(value)),
    async sees(what, isIt, from = 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      let found: Frame | undefined;
      let at = from;
      const look = () => {
        while (found === undefined && at < frames.length) if (isIt(frames[at++]!)) found = frames[at - 1];
        if (found !== undefined) resolve();
      };
      waiting.add(look);
      look();
      const timer = setTimeout(resolve, PATIENCE_MS);
      await promise;
      clearTimeout(timer);
      waiting.delete(look);
      return found ?? assert.fail(`${what} never came; there are ${JSON.stringify(frames).slice(0, 3_000)}`);
    },
  };
}

/** What a refused handshake is answered with. */
export async function refusal(url: string, protocols: string[] = [], options: ClientOptions = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(url, protocols, options);
    ws.on("unexpected-response", (_request, response) => {
      resolve(response.statusCode ?? 0);
      ws.terminate();
    });
    ws.on("open", () => {
      ws.terminate();
      reject(new Error("it was let in"));
    });
    ws.on("error", () => undefined);
  });
}

export async function postEvents(url: string, events: readonly object[]): Promise<void> {
  const reply = await fetch(`${url}/api/events`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(events),
  });
  assert.equal(reply.status, 200, await reply.text());
}

let count = 0;
/** An event of a session that works now; each is later than the one before. */
export function event(type: string, data: object, agent_id = "agt_main", session_id = "ses_one"): object {
  count++;
  return {
    id: `test:${count}`,
    type,
    timestamp: new Date(Date.now() - 60_000 + 10 * count).toISOString(),
    source: "test/other",
    session_id,
    agent_id,
    data,
  };
}
