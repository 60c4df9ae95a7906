import { OrreryError } from "../contract/errors.ts";
import { riskOf } from "../asks/index.ts";
import type { StoredEvent } from "../contract/events/index.ts";
import type { AskId } from "../contract/ids.ts";
import type { Answer } from "../contract/operations/asks.ts";
import type { Caller, Handlers } from "../contract/operations/index.ts";
import {
  inputWithAnswers,
  readAsking,
  writeAskThere,
  writeDecision,
  type HookAsking,
  type HookDecision,
} from "../formats/claude/answer-hook.ts";
import { readCodexAsking, writeCodexDecision, writeCodexUndecided } from "../formats/codex/answer-hook.ts";
import { toTimestamp, type Clock } from "../lib/clock.ts";
import { randomId } from "../lib/ids.ts";
import { viewAsks } from "../projections/view-asks.ts";
import type { AskBook, HeldAsk } from "./ask-book.ts";
import type { Projector } from "./projector.ts";

/** What decides at once about what an agent is about to do; `undefined`: nothing does, the agent program goes its usual way. */
export type Judge = (asking: HookAsking) => Promise<HookDecision | { readonly behavior: "ask"; readonly because: string } | undefined>;

export interface HookAnswers {
  readonly handlers: Pick<Handlers, "ingest.claude_code_answer" | "ingest.codex_answer">;
  /** Takes back asks whose call went on without their answer: somebody decided at the agent's own prompt, or it ended. */
  noted(events: readonly StoredEvent[]): void;
  /** Takes back what was asked before a restart: the hooks that waited for it are gone. */
  start(): void;
}

interface Limit {
  readonly deadline_s: number;
  /** What is said when nobody decides: nothing, so that the agent program asks at its own prompt, or a denial. */
  readonly otherwise: "ask" | "deny";
}

/** An agent program whose hooks wait, and the form of its replies. `undecided`: nobody decided about a call that a rule wanted somebody asked about. */
interface Client {
  readonly by: string;
  readonly read: typeof readAsking;
  readonly decided: typeof writeDecision;
  readonly undecided: typeof writeAskThere;
  readonly takesInput: boolean;
}

const claude: Client = { by: "claude-code", read: readAsking, decided: writeDecision, undecided: writeAskThere, takesInput: true };
const codex: Client = {
  by: "codex",
  read: readCodexAsking,
  decided: writeCodexDecision,
  undecided: writeCodexUndecided,
  takesInput: false,
};

const DOOR = "hook";
const UNJUDGED = "a failure: Orrery could not look at its rules";
const MOST_UNANSWERED = 1_000;
/** An ask is over at its deadline by its own timer; whoever waits gives it this long to say so. */
const SLACK_MS = 1_000;
const overs: ReadonlySet<string> = new Set(["tool.ended", "turn.ended", "agent.ended", "session.ended"]);

/** Hooks of agents that wait for a decision: by `judge`, else by a person in the inbox. */
export function createHookAnswers({
  book,
  judge,
  clock,
  session,
  onError,
}: {
  readonly book: AskBook;
  readonly judge: Judge;
  readonly clock: Pick<Clock, "now">;
  readonly session: Projector["session"];
  readonly onError: (error: unknown) => void;
}): HookAnswers {
  /** Calls that a rule wanted asked about, and nobody answered. */
  const unanswered = new Set<string>();

  async function byPerson(
    { session_id, agent_id, cwd, kind, call_id, tool, input, prompt, suggestions, questions }: HookAsking,
    because: string | undefined,
    { deadline_s, otherwise }: Limit,
    { by, takesInput }: Client,
    caller: Caller,
  ): Promise<HookDecision | undefined> {
    const ask_id = randomId("ask") as AskId;
    const limitMs = deadline_s * 1_000;
    const data = {
      ask_id,
      kind,
      tool,
      input,
      prompt,
      ...(kind === "permission" ? riskOf({ tool, input, cwd }) : {}),
      is_held: true,
      deadline: toTimestamp(clock.now() + limitMs),
      on_timeout: otherwise === "deny" ? ("deny" as const) : ("pass" as const),
      by,
      door: DOOR,
      ...(takesInput ? {} : { takes_input: false }),
      ...(call_id === undefined ? {} : { call_id }),
      ...(because === undefined ? {} : { because }),
      ...(suggestions === undefined ? {} : { suggestions: [...suggestions] }),
      ...(questions === undefined ? {} : { questions: [...questions] }),
    };
    await book.ask({ data, session_id, agent_id });
    try {
      return decisionOf(await book.wait(ask_id, limitMs + SLACK_MS, caller.signal));
    } catch (error) {
      if (caller.signal?.aborted === true) takeBack(ask_id, "the agent no longer waits for it");
      throw error;
    }
  }

  function takeBack(ask_id: AskId, reason: string): void {
    book
      .decide(ask_id, { type: "ask.withdrawn", data: { ask_id, reason, by: book.get(ask_id)?.opened.data.by ?? DOOR, door: DOOR } })
      .catch((error: unknown) => {
        if (!(error instanceof OrreryError && error.code === "ASK_ALREADY_ANSWERED")) onError(error);
      });
  }

  function remember(call: string): void {
    unanswered.add(call);
    for (const oldest of unanswered) if (unanswered.size > MOST_UNANSWERED) unanswered.delete(oldest);
  }

  async function handle(client: Client, { deadline_s, otherwise, ...body }: Limit & object, caller: Caller): Promise<object> {
    const asking = client.read(body);
    if (asking === undefined) return {};
    let because: string | undefined = UNJUDGED;
    try {
      const judged = await judge(asking);
      if (judged !== undefined && judged.behavior !== "ask") return client.decided(asking.event, judged);
      because = judged?.because;
      if (judged === undefined && !asking.isPut) return {};
      // The client asks for leave where a rule wanted somebody asked and nobody answered: they had their time.
      const wasPut = asking.event === "PermissionRequest" && unanswered.delete(sameCall(asking));
      const decision = wasPut ? undefined : await byPerson(asking, because, { deadline_s, otherwise }, client, caller);
      if (decision !== undefined) return client.decided(asking.event, decision);
    } catch (error) {
      if (!(error instanceof OrreryError && error.code === "STOPPING") && caller.signal?.aborted !== true) onError(error);
    }
    // What the agent is about to do is denied or left to its own prompt; it is never allowed because something went wrong here.
    if (otherwise === "deny")
      return client.decided(asking.event, { behavior: "deny", message: "Orrery could not put this to anybody in time." });
    if (because === undefined) return {};
    if (asking.event === "PreToolUse") remember(sameCall(asking));
    return client.undecided(asking.event, because);
  }

  const ofHooks = () => book.open().filter(({ opened }) => opened.data.door === DOOR);

  return {
    handlers: {
      "ingest.claude_code_answer": (input, caller) => handle(claude, input, caller),
      "ingest.codex_answer": (input, caller) => handle(codex, input, caller),
    },
    noted(events) {
      const ended = new Set(events.filter(({ type }) => overs.has(type)).map(({ session_id }) => session_id));
      if (ended.size === 0) return;
      for (const { ask_id, opened } of ofHooks()) {
        if (opened.session_id === undefined || !ended.has(opened.session_id)) continue;
        const now = session(opened.session_id);
        const seen = now === undefined ? undefined : viewAsks(now).find(({ told_as }) => told_as.includes(ask_id));
        if (seen?.state === "closed") takeBack(ask_id, "it was decided where the agent works");
      }
    },
    start() {
      for (const { ask_id } of ofHooks()) takeBack(ask_id, "Orrery was started anew: the agent asks at its own prompt");
    },
  };
}

/** Hooks that ask for leave do not name their call: tool and input do. */
function sameCall({ session_id, agent_id, tool, input }: HookAsking): string {
  return JSON.stringify([session_id, agent_id, tool, input]);
}

/** What a person decided, for a hook; `undefined` when nobody did. */
function decisionOf({ opened, decided }: HeldAsk): HookDecision | undefined {
  if (decided?.type === "ask.expired") return { behavior: "deny", message: "Nobody answered in Orrery by the deadline." };
  if (decided?.type !== "ask.answered") return undefined;
  const { decision, approved, value, input, message, remember } = (decided.data.answer ?? {}) as Answer;
  const said = message === undefined ? {} : { message };
  if (value !== undefined) return { behavior: "allow", input: inputWithAnswers(opened.data.input, value) };
  if (decision === "deny" || approved === false) return { behavior: "deny", message: message ?? `Denied by ${decided.data.by} in Orrery.` };
  if (decision !== "allow" && approved !== true) return undefined;
  return { behavior: "allow", ...said, ...(input === undefined ? {} : { input }), ...(remember === undefined ? {} : { remember }) };
}
