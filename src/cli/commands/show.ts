import type { Client } from "../../client/index.ts";
import { OrreryError } from "../../contract/errors.ts";
import type { AgentView, CallView } from "../../projections/views.ts";
import { withDaemon, withExample, type CommandModule, type Context } from "../command.ts";
import { compactNumber, cut, manyLines, oneLine } from "../printable.ts";
import { resolveSession } from "../resolve-session.ts";
import type { SessionRow } from "./ls.ts";
import { clientOf } from "../token-file.ts";
import { counted } from "../counted.ts";

const LAST_CALLS = 15;
const WIDTH = 100;

/** A session with its agents and last calls, or an event in full. */
export const show: CommandModule = {
  configure(command) {
    command.argument("<id>", "session id, or the first characters of one; or the seq of an event");
    withExample(withDaemon(command), "orrery show ses_9f2c", "orrery show 1042");
  },

  async run(context, options, [id]) {
    const client = clientOf(options, context.env);
    if (/^\d+$/.test(id!)) return showEvent(context, client, Number(id));
    const sessionId = await resolveSession(client, id!);
    const session = (await client.sessions.get({ session_id: sessionId })) as unknown as SessionRow & {
      readonly agents: readonly AgentView[];
    };
    const { items } = await client.sessions.calls({ session_id: sessionId, limit: 200 });
    const calls = items as unknown as readonly CallView[];
    context.out.show({
      data: { ...session, calls: items },
      lines: describe(session, calls).map((line) => cut(oneLine(line), WIDTH)),
      ids: [sessionId],
    });
  },
};

async function showEvent({ out }: Context, client: Client, seq: number): Promise<void> {
  const { items } = await client.events.list({ after: seq - 1, before: seq + 1, limit: 1 });
  const event = items[0];
  if (event === undefined) throw new OrreryError("NOT_FOUND", { what: "event", id: seq });
  out.show({ data: event, lines: [manyLines(JSON.stringify(event, undefined, 2))], ids: [event.id] });
}

function describe(session: SessionRow & { readonly agents: readonly AgentView[] }, calls: readonly CallView[]): string[] {
  const facts = [
    ["status", session.status],
    ["title", session.title],
    ["app", [session.app, session.app_version].filter(Boolean).join(" ")],
    ["folder", session.cwd],
    ["model", session.model],
    ["began", session.first_at],
    ["last", session.last_at],
    ["turns", String(session.turns)],
    [
      "tokens",
      `${compactNumber(session.tokens.input + session.tokens.cache_read + session.tokens.cache_write_5m + session.tokens.cache_write_1h)} in, ${compactNumber(session.tokens.output)} out`,
    ],
  ];
  return [
    session.session_id,
    ...facts.flatMap(([name, value]) => (value === undefined || value === "" ? [] : [`  ${name!.padEnd(8)}${value}`])),
    "agents",
    ...session.agents.map(
      (agent) =>
        `  ${"  ".repeat(agent.depth)}${agent.label}  ${agent.status}  ${counted(agent.requests, "request")}${agent.edge === "inferred" ? "  (parent inferred)" : ""}`,
    ),
    calls.length > LAST_CALLS ? `calls (last ${LAST_CALLS} of ${calls.length})` : "calls",
    ...calls
      .slice(-LAST_CALLS)
      .map(
        (call) =>
          `  ${call.outcome ?? "running"}  ${call.name}  ${call.title ?? ""}${call.duration_ms === undefined ? "" : `  ${call.duration_ms} ms`}`,
      ),
  ];
}
