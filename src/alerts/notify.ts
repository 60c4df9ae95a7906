import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import type { Notify } from "../contract/operations/alerts.ts";
import { backoffMs } from "../lib/backoff.ts";
import { shownAddress } from "../lib/shown-address.ts";
import type { Clock } from "../lib/clock.ts";

/** What became of telling one of those who are told. */
export interface Told {
  readonly to: string;
  readonly ok: boolean;
  readonly detail?: string;
}

const ATTEMPTS = 4;
const ANSWER_WITHIN_MS = 10_000;
const COMMAND_WITHIN_MS = 30_000;

/** Tells everybody whom `notify` names. Never throws: each says how it went. `signal` ends the waiting for another attempt. */
export function createNotifier({ clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal }) {
  return async (notify: Notify, message: object): Promise<Told[]> => {
    const body = JSON.stringify(message);
    return Promise.all([
      ...(notify.webhook === undefined ? [] : [callWebhook(notify.webhook, body)]),
      ...(notify.command === undefined ? [] : [runCommand(notify.command, body)]),
    ]);
  };

  async function callWebhook({ url, secret }: NonNullable<Notify["webhook"]>, body: string): Promise<Told> {
    const to = shownAddress(url);
    let detail = "";
    for (let attempt = 0; attempt < ATTEMPTS && !signal.aborted; attempt++) {
      if (attempt > 0) await clock.sleep(backoffMs(attempt - 1, 0), signal).catch(() => undefined);
      const seconds = Math.floor(clock.now() / 1_000);
      const headers = new Headers({ "content-type": "application/json" });
      if (secret !== undefined) headers.set("orrery-signature", `t=${seconds},v1=${sign(secret, seconds, body)}`);
      try {
        const reply = await fetch(url, {
          method: "POST",
          headers,
          body,
          redirect: "error",
          signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
        });
        await reply.body?.cancel();
        if (reply.ok) return { to, ok: true };
        detail = `answered ${reply.status}`;
        // What is wrong with the call itself does not become right by repetition.
        if (reply.status < 500 && reply.status !== 429 && reply.status !== 408) break;
      } catch (error) {
        detail = String((error as Error).cause ?? error);
      }
    }
    return { to, ok: false, detail };
  }
}

/** Hex HMAC-SHA256 of `<seconds>.<body>`: whoever knows the secret can tell that the call is ours and not an old one. */
export function sign(secret: string, seconds: number, body: string): string {
  return createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex");
}

function runCommand([program, ...args]: readonly string[], body: string): Promise<Told> {
  return new Promise((resolve) => {
    const child = spawn(program!, args, { stdio: ["pipe", "ignore", "pipe"], timeout: COMMAND_WITHIN_MS, killSignal: "SIGKILL" });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said = (said + chunk.toString("utf8")).slice(0, 500)));
    child.stdin.on("error", () => undefined);
    child.on("error", (error) => resolve({ to: program!, ok: false, detail: error.message }));
    child.on("close", (code, killed) =>
      resolve(
        code === 0
          ? { to: program!, ok: true }
          : { to: program!, ok: false, detail: `${killed ?? `ended with ${code}`}${said === "" ? "" : `: ${said.trim()}`}` },
      ),
    );
    child.stdin.end(body);
  });
}
