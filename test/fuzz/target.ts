// A daemon with every door open, and what a bystander can tell of its health: nothing thrown at it may change that.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { createClient, type Client } from "../../src/client/index.ts";
import { errorTable, type ErrorCode } from "../../src/contract/errors.ts";
import { orrery, tempPerson } from "../../src/testing/cli-process.ts";
import { until } from "../e2e/daemon.ts";
import { layTranscripts, truthOf } from "../e2e/recordings.ts";
import type { Site } from "../operation-samples.ts";

export interface Target {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly folder: string;
  readonly home: string;
  /** Ports of other systems' languages, by name. */
  readonly dialects: ReadonlyMap<string, number>;
  readonly client: Client;
  readonly site: Site;
  err(): string;
  vitals(): Promise<Vitals>;
  /** Fails unless the daemon lives, has said nothing of a mistake, and holds no more than it held. */
  isAsBefore(before: Vitals): Promise<void>;
}

export interface Vitals {
  readonly sockets: number;
  readonly files: number;
  readonly timers: number;
  readonly rssBytes: number;
}

/** The seed of this run: `ORRERY_FUZZ_SEED` repeats one that failed. */
export const seed = Number(process.env["ORRERY_FUZZ_SEED"] ?? Math.floor(Math.random() * 0x7fff_ffff));

/** Memory that a run may leave behind: what the heap has not given back yet, and what was rightly stored and folded. */
export const MAY_GROW_BYTES = 250 * 1024 * 1024;
/** Timers of the daemon's own that come and go: commits, folds, sources. */
const TIMERS_APART = 12;
const FILES_APART = 8;
const recording = "failing-tools";

export async function openTarget(t: TestContext, more: NodeJS.ProcessEnv = {}): Promise<Target> {
  t.diagnostic(`ORRERY_FUZZ_SEED=${seed}`);
  const person = tempPerson(t);
  layTranscripts(recording, join(person.folder, "claude"));
  const env = { ...person.env, ORRERY_COMPAT: "any", ORRERY_COMMANDS_PER_WINDOW: "1000000", ...more };
  const daemon = orrery(t, env, "serve");
  const url = await daemon.sees(/^Orrery ready at (http:\/\/127\.0\.0\.1:\d+)\n/);
  const file = JSON.parse(readFileSync(join(person.home, "daemon.json"), "utf8")) as {
    readonly pid: number;
    readonly dialects: Readonly<Record<string, string>>;
  };
  const client = createClient({ url });
  const session = `ses_${truthOf(recording).sessions[0]!.session_id}`;
  const calls = await until("the recording is in the catalog", async () => {
    const { items, lag } = await client.calls.list({ session_id: session });
    return items.length === truthOf(recording).totals.calls && lag === 0 && items;
  });

  async function vitals(): Promise<Vitals> {
    const page = await (await fetch(`${url}/metrics`, { headers: { connection: "close" } })).text();
    const active = (type: string): number =>
      Number(new RegExp(`^nodejs_active_resources\\{type="${type}"\\} (\\d+)$`, "m").exec(page)?.[1] ?? 0);
    const status = readFileSync(`/proc/${file.pid}/status`, "utf8");
    return {
      sockets: active("TCPSocketWrap"),
      timers: active("Timeout"),
      files: readdirSync(`/proc/${file.pid}/fd`).length,
      rssBytes: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) * 1024,
    };
  }

  return {
    url,
    port: Number(new URL(url).port),
    pid: file.pid,
    folder: person.folder,
    home: person.home,
    dialects: new Map(Object.entries(file.dialects).map(([name, address]) => [name, Number(new URL(address).port)])),
    client,
    site: { client, folder: person.folder, session, call: calls[0]!.call_id, body: "0".repeat(64), at: "2026-11-20T12:00:00.000Z" },
    err: daemon.err,
    vitals,
    async isAsBefore(before) {
      assert.equal(daemon.child.exitCode, null, `the daemon ended:\n${daemon.err()}`);
      let now = before;
      await until("sockets, files and timers are given back", async () => {
        now = await vitals();
        return now.sockets <= before.sockets + 1 && now.files <= before.files + FILES_APART && now.timers <= before.timers + TIMERS_APART;
      }).catch((error: unknown) => {
        throw new Error(`${JSON.stringify(before)} became ${JSON.stringify(now)}`, { cause: error });
      });
      assert.ok(now.rssBytes < before.rssBytes + MAY_GROW_BYTES, `${before.rssBytes} bytes became ${now.rssBytes}`);
      const mistakes =
        daemon.err().match(/^.*(a request failed|a dialect failed|the Hook API failed|MaxListeners|unhandled|uncaught).*$/gim) ?? [];
      assert.equal(mistakes.length, 0, `${mistakes.length} mistakes, the first: ${mistakes[0]?.slice(0, 1_000)}`);
      assert.equal(typeof (await client.status.get()).head, "number");
    },
  };
}

/** An error of the table, with its status, that is no mistake of the daemon. */
export function isKnownError(status: number, body: string, what: string): void {
  const { error } = JSON.parse(body) as { readonly error?: { readonly code: ErrorCode; readonly message: string; readonly retry: string } };
  assert.ok(error !== undefined && Object.hasOwn(errorTable, error.code), `${what}: ${status} ${body.slice(0, 500)}`);
  assert.notEqual(error.code, "INTERNAL", `${what}: ${body}`);
  assert.equal(status, errorTable[error.code].status, `${what}: ${body}`);
  assert.equal(error.retry, errorTable[error.code].retry);
  assert.ok(error.message.length > 0 && error.message.length < 20_000, `${what}: a message of ${error.message.length} characters`);
}
