import { createWriteStream, statSync } from "node:fs";
import { once } from "node:events";
import type { Writable } from "node:stream";
import type { Client } from "../../client/index.ts";
import { withDaemon, withExample, type CommandModule } from "../command.ts";
import { badUsage } from "../failure.ts";
import { compactNumber, fileSize } from "../printable.ts";
import { resolveSession } from "../resolve-session.ts";
import { clientOf } from "../token-file.ts";
import { counted } from "../counted.ts";

const PER_PAGE = 200;
const EXPORTED_WITHIN_MS = 10 * 60_000;

/** Writes sessions, or everything, as JSONL for another Orrery or as OTLP for another program. */
export const exportCommand: CommandModule = {
  configure(command) {
    command
      .argument("[session...]", "session ids, or the first characters of one; none: every event, also those of no session (jsonl only)")
      .option(
        "--format <name>",
        "jsonl: events as another Orrery imports them; otlp: spans by the GenAI conventions, one JSON document a line; html: a page in one file that plays one session",
        "jsonl",
      )
      .option("--out <file>", "file to write; default: stdout");
    withExample(
      withDaemon(command),
      "orrery export ses_9f2c --out session.jsonl",
      "orrery export --out everything.jsonl",
      "orrery export ses_9f2c --format html --out replay.html",
    );
  },

  async run({ out, env, signal }, options, given) {
    const format = options["format"] as string;
    if (format !== "jsonl" && format !== "otlp" && format !== "html") throw badUsage(`--format must be jsonl, otlp or html, not ${format}`);
    if (format === "html" && given.length !== 1) throw badUsage("an html page plays one session: name it");
    const client = clientOf(options, env);
    if (given.length === 0 && format === "otlp") throw badUsage("name the sessions to write as spans: orrery ls lists them");
    const ids: string[] = [];
    for (const each of given) ids.push(await resolveSession(client, each));
    const path = options["out"] as string | undefined;
    const target: Writable = path === undefined ? process.stdout : createWriteStream(path, { mode: 0o600 });
    if (path !== undefined) await once(target, "open");
    let lines = 0;
    const write = async (text: string, count: number): Promise<void> => {
      lines += count;
      if (!target.write(text)) await once(target, "drain");
      if (path !== undefined) out.redraw(`${compactNumber(lines)} lines written`);
    };
    if (ids.length === 0) await everything(client, signal, write);
    for (const session_id of ids) {
      const text = await client.call("sessions.export", { session_id, format }, { signal, timeoutMs: EXPORTED_WITHIN_MS });
      await write(text.endsWith("\n") ? text : `${text}\n`, text.split("\n").length - (text.endsWith("\n") ? 1 : 0));
    }
    if (path === undefined) return;
    target.end();
    await once(target, "finish");
    out.endRedraw();
    const told = format === "jsonl" ? `${counted(lines, "event")} in ${path}` : `${path} is written: ${fileSize(statSync(path).size)}`;
    out.show({ data: { path, format, lines }, ids: [path], lines: [told] });
  },
};

/** Every event of the log in its order, long texts in place. */
async function everything(client: Client, signal: AbortSignal, write: (text: string, count: number) => Promise<void>): Promise<void> {
  for (let after = 0; ;) {
    const { items } = await client.call("events.list", { after, limit: PER_PAGE }, { signal });
    const lines: string[] = [];
    for (const event of items) lines.push(`${JSON.stringify({ ...event, data: await whole(client, event.data, signal) })}\n`);
    await write(lines.join(""), lines.length);
    if (items.length < PER_PAGE) return;
    after = items.at(-1)!.seq;
  }
}

/** Texts that stand beside their event are put back into it, or stay a reference where they were let go. */
async function whole(client: Client, value: unknown, signal: AbortSignal): Promise<unknown> {
  if (typeof value !== "object" || value === null) return value;
  const body = (value as { readonly body?: { readonly sha256?: unknown } }).body;
  if (typeof body?.sha256 === "string") return client.call("bodies.get", { sha256: body.sha256 }, { signal }).catch(() => value);
  if (Array.isArray(value)) return Promise.all(value.map((item) => whole(client, item, signal)));
  const fields = await Promise.all(Object.entries(value).map(async ([key, field]) => [key, await whole(client, field, signal)] as const));
  return Object.fromEntries(fields);
}
