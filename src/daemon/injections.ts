import { OrreryError } from "../contract/errors.ts";
import { MAIN_AGENT, type AgentId, type InjectionId, type SessionId } from "../contract/ids.ts";
import { allows } from "../contract/operation.ts";
import { INJECTION_CHARS } from "../contract/operations/context.ts";
import type { Caller, Handlers } from "../contract/operations/index.ts";
import { readCarrier, withContext } from "../formats/claude/carry-context.ts";
import type { Clock } from "../lib/clock.ts";
import { randomId } from "../lib/ids.ts";
import type { EventLog } from "../log/log.ts";
import { hasEnded, isOver } from "../projections/ended.ts";
import type { Session } from "../projections/session.ts";
import { pageOf } from "./cursor.ts";
import { carried, createInjectionBook, notWaiting, type InjectionBook } from "./injection-book.ts";
import { doer } from "./doer.ts";
import { injectionText } from "./injection-files.ts";
import type { Projector } from "./projector.ts";

/** More than an agent can make use of: a program that injects in a loop is told so. */
const MOST_WAITING = 50;
/** Among so many of a session's latest events there is a hook, if hooks of it come in. */
const LATEST = 500;
const HOOKS = "claude-code/hook";

type HookHandler = "ingest.claude_code" | "ingest.claude_code_answer";

export interface Injections {
  readonly handlers: Pick<Handlers, "context.inject" | "context.list" | "context.withdraw">;
  readonly apply: InjectionBook["apply"];
  /** Handlers of hooks that also carry what waits for the agent whose hook it is. */
  carrying<N extends HookHandler>(handlers: Pick<Handlers, N>): Pick<Handlers, N>;
}

/** Gives agents words and files beside their prompts, with the answers to their hooks. */
export function createInjections({
  log,
  clock,
  session,
  onError,
}: {
  readonly log: Pick<EventLog, "read" | "append" | "body" | "notes">;
  readonly clock: Pick<Clock, "now">;
  readonly session: Projector["session"];
  readonly onError: (error: unknown) => void;
}): Injections {
  const book = createInjectionBook({ log, clock });

  function known(id: string): Session {
    const found = session(id as SessionId);
    if (found === undefined) throw new OrreryError("NOT_FOUND", { what: "session", id });
    return found;
  }

  function checkTakes(of: Session, agent_id: AgentId): void {
    const { session_id, facts } = of;
    const refuse = (reason: string): never => {
      throw new OrreryError("CANNOT_INJECT", { session_id, reason });
    };
    if (isOver(of)) refuse("it is over");
    if (facts.app !== undefined && facts.app !== "claude-code") refuse(`${facts.app} has no hook whose answer could carry it`);
    const comesByHook = log.read({ sessionId: session_id, order: "newest", limit: LATEST }).some(({ source }) => source === HOOKS);
    if (!comesByHook) refuse("no hooks of it come in, its files are only read; connect them with orrery connect claude");
    const agent = of.agents.get(agent_id);
    if (agent_id !== MAIN_AGENT && agent === undefined) throw new OrreryError("NOT_FOUND", { what: "agent", id: agent_id });
    if (agent_id !== MAIN_AGENT && hasEnded(agent!, of)) refuse(`its agent ${agent_id} has ended`);
    if (book.waiting(session_id).length >= MOST_WAITING) refuse(`${MOST_WAITING} injections wait for it already`);
  }

  /** What the answer to this hook carries. It counts as delivered before it goes out: at most once, whatever breaks. */
  async function take(body: unknown, signal: AbortSignal | undefined): Promise<{ hook: string; text: string } | undefined> {
    const carrier = readCarrier(body);
    if (carrier === undefined || signal?.aborted === true) return undefined;
    const { hook, session_id, agent_id } = carrier;
    const texts: string[] = [];
    for (const each of carried(book.waiting(session_id), agent_id)) {
      const { injection_id, text, files } = each;
      const data = { injection_id, hook, chars: text.length, ...(files === undefined ? {} : { files: [...files] }) };
      // Its words were not kept: there is nothing to hand out.
      if (text === "") await book.end(each, { type: "context.withdrawn", data: { injection_id, reason: "its words were not kept" } });
      else if (await book.end(each, { type: "context.delivered", data })) texts.push(text);
    }
    return texts.length === 0 ? undefined : { hook, text: texts.join("\n\n") };
  }

  async function answered(answer: unknown, body: unknown, caller: Caller): Promise<unknown> {
    try {
      const told = await take(body, caller.signal);
      return told === undefined ? answer : withContext(answer, told.hook, told.text);
    } catch (error) {
      // The agent goes on without it.
      onError(error);
      return answer;
    }
  }

  return {
    apply: book.apply,
    carrying: (handlers) =>
      Object.fromEntries(
        Object.entries(handlers).map(([name, handle]) => [
          name,
          async (input: Readonly<Record<string, unknown>>, caller: Caller): Promise<unknown> => {
            const answer: unknown = await (handle as (...args: unknown[]) => unknown)(input, caller);
            const body = waitsForAnswer(input);
            return body === undefined || caller.door !== "http" ? answer : answered(answer, body, caller);
          },
        ]),
      ) as unknown as typeof handlers,
    handlers: {
      "context.inject": async ({ session_id: id, agent_id = MAIN_AGENT, text, files }, caller) => {
        const of = known(id);
        const { session_id } = of;
        checkTakes(of, agent_id as AgentId);
        if (files?.some((file) => file.text === undefined) === true) checkReads(caller);
        const injection_id = randomId("inj") as InjectionId;
        const told = injectionText({ text, files }, { folder: of.facts.cwd, maxChars: INJECTION_CHARS });
        const data = { injection_id, text: told.text, ...doer(caller) };
        await book.queue({ ...data, ...(told.files === undefined ? {} : { files: [...told.files] }) }, session_id, agent_id as AgentId);
        return book.list(session_id).find((each) => each.injection_id === injection_id)!;
      },
      "context.list": ({ session_id, state, limit, cursor }) => {
        const rows = book.list(known(session_id).session_id).filter((each) => state === undefined || each.state === state);
        return pageOf(rows, { limit, cursor, key: ({ injection_id }) => [injection_id] });
      },
      "context.withdraw": async ({ injection_id, reason }, caller) => {
        const each = book.find(injection_id);
        if (each === undefined) throw overOrUnknown(injection_id);
        const data = { injection_id: each.injection_id, ...doer(caller), ...(reason === undefined ? {} : { reason }) };
        const isFirst = await book.end(each, { type: "context.withdrawn", data });
        const row = book.list(each.session_id).find((listed) => listed.injection_id === each.injection_id)!;
        if (!isFirst) throw notWaiting(injection_id, row.state);
        return row;
      },
    },
  };

  function overOrUnknown(id: string): OrreryError {
    const events = log.read({ types: ["context.delivered", "context.withdrawn"], order: "newest", limit: 2_000 });
    const over = events.find((event) => (event.data as { injection_id?: unknown }).injection_id === id);
    if (over === undefined) return new OrreryError("NOT_FOUND", { what: "injection", id });
    return notWaiting(id, over.type === "context.delivered" ? "delivered" : "withdrawn");
  }
}

/** The one hook that waits for this answer. Several come from a spool, and one in an envelope from a sender: neither reads what is said. */
function waitsForAnswer(input: Readonly<Record<string, unknown>>): unknown {
  const { bodies } = input;
  if (!Array.isArray(bodies)) return input;
  const [body] = bodies as readonly unknown[];
  return bodies.length === 1 && !(typeof body === "object" && body !== null && "received_at" in body) ? body : undefined;
}

/** Where a session's folder is, is what a sender says: whoever may tell of one and inject could else have any file of the machine read out. */
function checkReads({ scope, actor }: Caller): void {
  const needed = "admin";
  if (scope === undefined || allows(scope, needed)) return;
  throw new OrreryError("FORBIDDEN", { what: "Having files of this machine read (without their text)", needed, scope, name: actor });
}
