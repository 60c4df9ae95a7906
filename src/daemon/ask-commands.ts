import { riskOf } from "../asks/index.ts";
import { OrreryError } from "../contract/errors.ts";
import type { AgentId, AskId, CallId, SessionId } from "../contract/ids.ts";
import type { Answer, AskDetail } from "../contract/operations/asks.ts";
import type { Handlers } from "../contract/operations/index.ts";
import { previewOf } from "../contract/text.ts";
import { toTimestamp, type Clock } from "../lib/clock.ts";
import { randomId } from "../lib/ids.ts";
import { doer } from "./doer.ts";
import { checkSchema, fitted, outcomeOf } from "./ask-answer.ts";
import { isSameAsk } from "./ask-same.ts";
import type { AskBook, HeldAsk } from "./ask-book.ts";
import type { AskRows } from "./ask-rows.ts";

/** More than anybody will ever answer: a program that asks in a loop is told so. */
const MOST_OPEN = 2_000;

type Commands = Pick<Handlers, "asks.get" | "asks.create" | "asks.wait" | "asks.answer" | "asks.withdraw">;

/** Takes an answer to a server that waits for it, where one does, and decides the ask. */
export type Deliver = (held: HeldAsk, answer: Answer, decide: () => Promise<HeldAsk>) => Promise<HeldAsk>;

/** Asks are opened, answered and taken back here; how one looks is for `rows`. */
export function createAskCommands({
  book,
  rows,
  clock,
  deliver = (_held, _answer, decide) => decide(),
}: {
  readonly book: AskBook;
  readonly rows: AskRows;
  readonly clock: Pick<Clock, "now">;
  readonly deliver?: Deliver;
}): Commands {
  function detail(held: HeldAsk): AskDetail {
    const { input, preview, questions, schema, suggestions } = held.opened.data;
    const { answer, reason } = { answer: undefined, reason: undefined, ...held.decided?.data } as { answer?: Answer; reason?: string };
    const more = {
      input,
      preview: preview === undefined ? undefined : previewOf(preview),
      questions,
      schema,
      suggestions,
      answer,
      reason,
    };
    return { ...rows.ofHeld(held), ...Object.fromEntries(Object.entries(more).filter(([, value]) => value !== undefined)) };
  }

  /** By an id under which it is listed, where it is not its own. */
  async function listedAs(id: string): Promise<HeldAsk> {
    const row = await rows.find(id);
    if (row === undefined) throw new OrreryError("NOT_FOUND", { what: "ask", id });
    const own = row.told_as?.map((told) => book.get(told)).find((told) => told !== undefined);
    if (own === undefined) throw new OrreryError("ASK_NOT_HELD", { ask_id: id });
    return own;
  }

  return {
    "asks.get": async ({ ask_id }) => {
      const held = book.get(ask_id);
      if (held !== undefined) return detail(held);
      const row = await rows.find(ask_id);
      if (row === undefined) throw new OrreryError("NOT_FOUND", { what: "ask", id: ask_id });
      return row.is_held ? detail(await listedAs(ask_id)) : row;
    },

    "asks.create": async ({ wait_ms, deadline_ms, deadline: told, ask_id = randomId("ask") as AskId, ...input }, caller) => {
      const { session_id, agent_id, call_id, on_timeout, actor, door, ...asked } = input;
      if (told !== undefined && deadline_ms !== undefined) throw badInput("deadline_ms", "cannot be given together with deadline");
      if (on_timeout === "allow" && asked.kind === "question") throw badInput("on_timeout", "cannot be allow for a question");
      if (told === undefined && deadline_ms === undefined && on_timeout !== "deny" && on_timeout !== "wait")
        throw badInput("on_timeout", `cannot be ${on_timeout} without a deadline: it would never happen`);
      if (agent_id !== undefined && session_id === undefined) throw badInput("agent_id", "needs its session_id");
      if (asked.schema !== undefined) checkSchema(asked.schema);
      if (book.get(ask_id) === undefined && book.open().length >= MOST_OPEN)
        throw badInput("asks", `are open in such number (${MOST_OPEN}) that no more are taken: answer or withdraw some`);
      const deadline = deadline_ms === undefined ? told : toTimestamp(clock.now() + deadline_ms);
      const held = await book.ask({
        data: {
          ask_id,
          // Whoever asks may know better.
          ...(asked.kind === "permission" && asked.tool !== undefined && asked.risk === undefined
            ? riskOf({ tool: asked.tool, input: asked.input })
            : {}),
          ...asked,
          is_held: true,
          ...(call_id === undefined ? {} : { call_id: call_id as CallId }),
          ...(deadline === undefined ? {} : { deadline: toTimestamp(Date.parse(deadline)), on_timeout }),
          ...doer(caller, { actor, door }),
        },
        ...(session_id === undefined ? {} : { session_id: session_id as SessionId, agent_id: (agent_id ?? "agt_main") as AgentId }),
      });
      // Leave for one thing is no leave for another.
      if (!isSameAsk(held.opened.data, asked)) throw badInput("ask_id", `is that of another ask (${ask_id}): take a new one for this`);
      return detail(wait_ms === 0 ? held : await book.wait(held.ask_id, wait_ms, caller.signal));
    },

    "asks.wait": async ({ ask_id, wait_ms }, caller) =>
      detail(await book.wait((book.get(ask_id) ?? (await listedAs(ask_id))).ask_id, wait_ms, caller.signal)),

    "asks.answer": async ({ ask_id, answer: given, actor, door }, caller) => {
      const held = book.get(ask_id) ?? (await listedAs(ask_id));
      const answer = fitted(given, held.opened.data);
      const outcome = outcomeOf(answer, held.opened.data);
      const { call_id, kind, tool } = held.opened.data;
      const about = { kind, ...(call_id === undefined ? {} : { call_id }), ...(tool === undefined ? {} : { tool }) };
      const said = answer.message === undefined ? {} : { message: answer.message };
      const data = { ask_id: held.ask_id, ...about, outcome, answer, ...said, ...doer(caller, { actor, door }) };
      return detail(await deliver(held, answer, () => book.decide(held.ask_id, { type: "ask.answered", data })));
    },

    "asks.withdraw": async ({ ask_id, reason, actor, door }, caller) => {
      const held = book.get(ask_id) ?? (await listedAs(ask_id));
      const data = { ask_id: held.ask_id, ...(reason === undefined ? {} : { reason }), ...doer(caller, { actor, door }) };
      return detail(await book.decide(held.ask_id, { type: "ask.withdrawn", data }));
    },
  };
}

function badInput(field: string, message: string): OrreryError {
  return new OrreryError("BAD_INPUT", { problems: [{ field, message }] });
}
