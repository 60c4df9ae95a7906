import { setTimeout as wait } from "node:timers/promises";
import type { Client } from "../../client/index.ts";
import { isStoredEvent, type ServerFrame } from "../../contract/frames.ts";
import { backoffMs } from "../../lib/backoff.ts";
import { withDaemon, withExample, type CommandModule, type Context } from "../command.ts";
import { describeEvent } from "../describe-event.ts";
import { badUsage } from "../failure.ts";
import { needDaemon } from "../find-daemon.ts";
import { clientOf } from "../token-file.ts";

const MAX_LAST = 200;

/** Follows the log, across interruptions, until Ctrl-C. */
export const tail: CommandModule = {
  configure(command) {
    command
      .argument("[patterns...]", "event types such as tool.ended or tool.*, or session:<id>", ["*"])
      .option("--last <n>", "begin with the last events", "0");
    withExample(withDaemon(command), "orrery tail 'tool.*'", "orrery tail --json | jq .type");
  },

  async run(context, options, patterns) {
    const { out, env, signal } = context;
    const channels = patterns.length === 0 ? ["*"] : [...patterns];
    const last = Number(options["last"]);
    if (!Number.isInteger(last) || last < 0 || last > MAX_LAST) throw badUsage(`--last must be a whole number from 0 to ${MAX_LAST}`);
    const url = await needDaemon(options, env);
    const client = clientOf(options, env, url);
    let seen = (await client.status.get()).head;
    if (last > 0) {
      for (const event of await lastOf(client, channels, seen, last)) out.piece(event, describeEvent(event as never));
    }
    for (let attempt = 0; !signal.aborted; attempt++) {
      const before = seen;
      await follow(context, { url, channels, from: seen }, (seq) => (seen = seq));
      if (signal.aborted) break;
      if (seen > before) attempt = 0;
      out.hint("connection lost; trying again");
      await wait(backoffMs(attempt, Math.random()), undefined, { signal }).catch(() => undefined);
    }
  },
};

/** The last events on any of the channels, oldest first. */
async function lastOf(
  client: Client,
  channels: readonly string[],
  head: number,
  limit: number,
): Promise<readonly { readonly seq: number }[]> {
  const newest = { before: head + 1, order: "newest", limit } as const;
  const sessions = channels.filter((channel) => channel.startsWith("session:"));
  const types = channels.filter((channel) => !channel.startsWith("session:"));
  const pages = await Promise.all([
    ...(types.length === 0 ? [] : [client.events.list({ ...newest, types })]),
    ...sessions.map((channel) => client.events.list({ ...newest, session_id: channel.slice("session:".length) })),
  ]);
  const events = new Map(pages.flatMap(({ items }) => items.map((event) => [event.seq, event] as const)));
  return [...events.values()].toSorted((a, b) => a.seq - b.seq).slice(-limit);
}

/** Resolves when the connection ends, for whatever reason. */
function follow(
  { out, signal }: Context,
  from: { readonly url: string; readonly channels: readonly string[]; readonly from: number },
  onSeen: (seq: number) => void,
): Promise<void> {
  return new Promise((resolve) => {
    const socket = new WebSocket(new URL("/ws", from.url.replace(/^http/, "ws")));
    const close = () => socket.close();
    signal.addEventListener("abort", close, { once: true });
    socket.addEventListener("open", () =>
      socket.send(JSON.stringify({ command: "subscribe", id: "tail", params: { channels: from.channels, from: from.from } })),
    );
    socket.addEventListener("message", ({ data }) => {
      const frame = JSON.parse(String(data)) as ServerFrame;
      if (isStoredEvent(frame)) {
        onSeen(frame.seq);
        out.piece(frame, describeEvent(frame));
      } else if (frame.type === "error") {
        out.hint(`${frame.code}: ${frame.message}`);
      }
    });
    socket.addEventListener("error", () => undefined); // A close follows.
    socket.addEventListener("close", () => {
      signal.removeEventListener("abort", close);
      resolve();
    });
  });
}
