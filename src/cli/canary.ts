import { spawn } from "node:child_process";
import { createClient } from "../client/index.ts";
import { OrreryError } from "../contract/errors.ts";
import { randomId } from "../lib/ids.ts";

export const HTTP_WAY = "HTTP hooks";
const ARRIVE_WITHIN_MS = 5_000;
const ASK_EVERY_MS = 50;

/**
 * Sends a test record on each way that an agent will use, the HTTP address or the sender, and waits until the log has them.
 * @throws OrreryError CANARY_FAILED, naming the way that did not work
 */
export async function proveConnection(options: {
  readonly url: string;
  readonly senderPath: string;
  readonly spool: string;
  readonly ingestPath: string;
  /** The sender of status lines with its words. */
  readonly statusSender: readonly string[];
  readonly ways: readonly string[];
  readonly token?: string | undefined;
}): Promise<void> {
  const address = new URL(options.ingestPath, options.url).href;
  const all = [
    { name: HTTP_WAY, canary: randomId("can"), send: (body: string) => post(address, body) },
    {
      name: "the command hook",
      canary: randomId("can"),
      send: (body: string) => runSender([options.senderPath, address, options.spool], body),
    },
    { name: "the status line", canary: randomId("can"), send: (body: string) => runSender([...options.statusSender, ""], body) },
  ];
  const ways = all.filter(({ name }) => options.ways.includes(name));
  for (const { name, canary, send } of ways) {
    try {
      await send(JSON.stringify({ hook_event_name: "OrreryCanary", canary, session_id: "orrery-canary" }));
    } catch (cause) {
      throw new OrreryError("CANARY_FAILED", { reason: `${name}: ${(cause as Error).message}` }, { cause });
    }
  }
  const client = createClient({ url: options.url, token: options.token });
  for (const until = Date.now() + ARRIVE_WITHIN_MS; ;) {
    const { items } = await client.events.list({ types: ["source.connected"], order: "newest", limit: 50 });
    const arrived = new Set(items.map(({ data }) => (data as { readonly canary?: string }).canary));
    const missing = ways.filter(({ canary }) => !arrived.has(canary));
    if (missing.length === 0) return;
    if (Date.now() > until)
      throw new OrreryError("CANARY_FAILED", { reason: `nothing came through ${missing.map(({ name }) => name).join(" and ")}` });
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}

async function post(address: string, body: string): Promise<void> {
  const reply = await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
    signal: AbortSignal.timeout(ARRIVE_WITHIN_MS),
  });
  if (!reply.ok) throw new Error(`${address} answered ${reply.status}`);
}

function runSender([command, ...args]: readonly string[], body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const sender = spawn(command!, args, { stdio: ["pipe", "ignore", "ignore"] });
    sender.on("error", reject);
    sender.stdin.on("error", () => undefined); // Its exit says what went wrong.
    sender.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}`))));
    sender.stdin.end(body);
  });
}
