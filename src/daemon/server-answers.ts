import { riskOf } from "../asks/index.ts";
import { OrreryError } from "../contract/errors.ts";
import { MAIN_AGENT, toId, type AskId } from "../contract/ids.ts";
import type { Answer } from "../contract/operations/asks.ts";
import { previewOf } from "../contract/text.ts";
import { writeReply } from "../formats/opencode/answers.ts";
import type { AskServer, ServerAsk } from "../ingest/index.ts";
import type { AskBook, HeldAsk } from "./ask-book.ts";
import type { Judge } from "./hook-answers.ts";

export interface ServerAnswers {
  /**
   * Takes an answer to where it is waited for, then decides the ask. Of an ask that no server waits for, only the second.
   * `ASK_NOT_DELIVERED` leaves it open; `ASK_ALREADY_ANSWERED` when it was answered there.
   */
  deliver(held: HeldAsk, answer: Answer, decide: () => Promise<HeldAsk>): Promise<HeldAsk>;
  start(): void;
}

const APP = "opencode";

/** Asks that wait in servers of agents: put into the inbox, decided by rules or a person, and answered at the server that they came from. */
export function createServerAnswers({
  book,
  judge,
  servers,
  onError,
}: {
  readonly book: AskBook;
  readonly judge: Judge;
  readonly servers: readonly AskServer[];
  readonly onError: (error: unknown) => void;
}): ServerAnswers {
  const byName = new Map(servers.map((each) => [each.server, each]));
  const delivering = new Map<AskId, Promise<unknown>>();

  async function hold(server: AskServer, ask: ServerAsk): Promise<void> {
    const { told, id, kind, questions, suggestions, preview } = ask;
    const ask_id = heldId(id);
    if (book.get(ask_id) !== undefined) return;
    const { call_id, tool, input, prompt } = told.data;
    const because = await byRules(server, ask);
    if (because === false) return;
    const data = {
      ask_id,
      kind,
      input,
      is_held: true,
      takes_input: false,
      reply_to: { server: server.server, id },
      by: APP,
      door: APP,
      ...(call_id === undefined ? {} : { call_id }),
      ...(tool === undefined ? {} : { tool }),
      ...(kind === "permission" && tool !== undefined ? riskOf({ tool, input }) : {}),
      ...(prompt === undefined ? {} : { prompt }),
      ...(because === undefined ? {} : { because }),
      ...(questions === undefined ? {} : { questions: [...questions] }),
      ...(suggestions === undefined ? {} : { suggestions: [...suggestions] }),
      ...(preview === undefined ? {} : { preview }),
    };
    const { session_id, agent_id } = told;
    await book.ask({ data, ...(session_id === undefined ? {} : { session_id, agent_id: agent_id ?? MAIN_AGENT }) });
  }

  /** Which rule wants a person asked; false when a rule or a budget decided. */
  async function byRules(server: AskServer, { told, id, kind }: ServerAsk): Promise<string | undefined | false> {
    const { session_id, agent_id = MAIN_AGENT, data } = told;
    if (kind !== "permission" || session_id === undefined) return undefined;
    const { tool = "", call_id, prompt } = data;
    const { filepath, ...input } = (data.input ?? {}) as Readonly<Record<string, unknown>>;
    const verdict = await judge({
      event: "PreToolUse",
      session_id,
      agent_id,
      kind,
      tool,
      input: { ...input, ...(filepath === undefined ? {} : { file_path: filepath }) },
      prompt: prompt === undefined ? tool : previewOf(prompt),
      isPut: true,
      ...(call_id === undefined ? {} : { call_id }),
    });
    if (verdict === undefined) return undefined;
    if (verdict.behavior === "ask") return verdict.because;
    const { path, body } = writeReply({ id, kind }, { isYes: verdict.behavior === "allow", message: verdict.message });
    await server.post(path, body);
    return false;
  }

  async function takeBack(ask_id: AskId, reason: string): Promise<void> {
    const held = book.get(ask_id);
    if (held === undefined || held.decided !== undefined) return;
    // An answer that is on its way is told back as given, before it is known to have arrived.
    await delivering.get(ask_id)?.catch(() => undefined);
    await book.decide(ask_id, { type: "ask.withdrawn", data: { ask_id, reason, by: APP, door: APP } }).catch((error: unknown) => {
      if (!(error instanceof OrreryError && error.code === "ASK_ALREADY_ANSWERED")) throw error;
    });
  }

  async function give(held: HeldAsk, answer: Answer): Promise<"taken" | "gone"> {
    const { reply_to, kind, questions = [] } = held.opened.data;
    const { server: name, id } = reply_to!;
    const server = byName.get(name);
    const fail = (reason: string, cause?: unknown) =>
      new OrreryError("ASK_NOT_DELIVERED", { ask_id: held.ask_id, server: name, reason }, { cause });
    if (server === undefined) throw fail("it is not followed any more");
    const isYes = answer.decision === "allow" || answer.approved === true;
    const asked = questions.map(({ question }) => previewOf(question));
    const { path, body } = writeReply({ id, kind: kind === "question" ? "question" : "permission" }, { ...answer, isYes }, asked);
    try {
      return await server.post(path, body);
    } catch (cause) {
      throw fail((cause as Error).message, cause);
    }
  }

  return {
    async deliver(held, answer, decide) {
      const { ask_id } = held;
      if (held.opened.data.reply_to === undefined) return decide();
      for (let before = delivering.get(ask_id); before !== undefined; before = delivering.get(ask_id)) await before.catch(() => undefined);
      if (book.get(ask_id)?.decided !== undefined) return decide();
      const run = give(held, answer).then(async (end) => (end === "taken" ? decide() : undefined));
      delivering.set(ask_id, run);
      const decided = await run.finally(() => delivering.delete(ask_id));
      if (decided !== undefined) return decided;
      await takeBack(ask_id, "it was decided where the agent works");
      return decide();
    },
    start() {
      for (const server of servers) {
        let line: Promise<unknown> = Promise.resolve();
        const inLine = (work: () => Promise<unknown>) => (line = line.then(work).catch(onError));
        const isHere = ({ opened }: HeldAsk) => opened.data.reply_to?.server === server.server;
        server.listen({
          asked: (ask) => inLine(() => hold(server, ask)),
          over: (id) => inLine(() => takeBack(heldId(id), "it was decided where the agent works")),
          waiting: (ids) =>
            inLine(async () => {
              const gone = book.open().filter((held) => isHere(held) && !ids.includes(held.opened.data.reply_to!.id));
              for (const { ask_id } of gone) await takeBack(ask_id, "opencode no longer waits for it");
            }),
        });
      }
    },
  };
}

/** Beside the id under which the server's own telling is kept. */
function heldId(id: string): AskId {
  return toId("ask", `held-${id}`);
}
