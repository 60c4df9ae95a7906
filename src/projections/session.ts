import type { StoredEvent } from "../contract/events/index.ts";
import type { AgentId, SessionId } from "../contract/ids.ts";
import { agentsProjection, type Agents } from "./agents.ts";
import { asksProjection, type Asks } from "./asks.ts";
import { callsProjection, type Calls } from "./calls.ts";
import { costProjection, type Reported } from "./cost.ts";
import { factsProjection, type Facts } from "./facts.ts";
import { marksProjection, type Marks } from "./marks.ts";
import { messagesProjection, type Messages } from "./messages.ts";
import { plansProjection, type Plans } from "./plans.ts";
import type { Projection } from "./projection.ts";
import { queueProjection, type Queue } from "./queue.ts";
import { promptTokensProjection, type PromptTokens } from "./prompt-tokens.ts";
import { turnsProjection, type Turns } from "./turns.ts";
import { usageProjection, type UsageState } from "./usage.ts";

/**
 * Everything known of one session. The session is the unit of folding: a past moment, a restart or a replica needs only the events of
 * the sessions that it shows.
 */
export interface Session {
  readonly session_id: SessionId;
  readonly facts: Facts;
  readonly agents: Agents;
  readonly calls: Calls;
  readonly turns: Turns;
  readonly messages: Messages;
  readonly usage: UsageState;
  readonly prompt_tokens: PromptTokens;
  readonly reported: Reported;
  readonly marks: Marks;
  readonly plans: Plans;
  readonly asks: Asks;
  readonly queue: Queue;
  /** Set when older entities were let go: facts not later than this may concern one of them. */
  readonly trimmed_at?: string;
  /** What a list still tells of the entities that were let go. */
  readonly trimmed?: { readonly agents: number; readonly turns: number; readonly title?: string; readonly gone?: readonly GoneAgent[] };
}

/** An agent that was let go, as far as others still stand where they do because of it. Times in milliseconds since 1970; null: never ended. */
export type GoneAgent = readonly [agent: AgentId, parent: AgentId, spawnedMs: number, endedMs: number | null];

type Slices = Omit<Session, "session_id" | "trimmed_at" | "trimmed">;
type SessionFold = (session: Session | undefined, event: StoredEvent & { readonly session_id: SessionId }) => Session;

/** The fold of one session. With `detail`, whole texts, inputs and outputs stay in the state. */
export function createSessionFold(options: { readonly detail: boolean }): SessionFold {
  const projections: { readonly [S in keyof Slices]: Projection<Slices[S]> } = {
    facts: factsProjection,
    agents: agentsProjection,
    calls: callsProjection(options),
    turns: turnsProjection,
    messages: messagesProjection(options),
    usage: usageProjection,
    prompt_tokens: promptTokensProjection,
    reported: costProjection,
    marks: marksProjection,
    plans: plansProjection,
    asks: asksProjection,
    queue: queueProjection,
  };
  const initial = Object.fromEntries(
    Object.entries(projections).map(([name, projection]) => [name, projection.initial]),
  ) as unknown as Slices;
  return (session, event) => {
    const before = session ?? { session_id: event.session_id, ...initial };
    const facts = projections.facts.apply(before.facts, event);
    const agents = projections.agents.apply(before.agents, event);
    const calls = projections.calls.apply(before.calls, event);
    const turns = projections.turns.apply(before.turns, event);
    const messages = projections.messages.apply(before.messages, event);
    const usage = projections.usage.apply(before.usage, event);
    const prompt_tokens = projections.prompt_tokens.apply(before.prompt_tokens, event);
    const reported = projections.reported.apply(before.reported, event);
    const marks = projections.marks.apply(before.marks, event);
    const plans = projections.plans.apply(before.plans, event);
    const asks = projections.asks.apply(before.asks, event);
    const queue = projections.queue.apply(before.queue, event);
    const same =
      session !== undefined &&
      facts === before.facts &&
      agents === before.agents &&
      calls === before.calls &&
      turns === before.turns &&
      messages === before.messages &&
      usage === before.usage &&
      prompt_tokens === before.prompt_tokens &&
      reported === before.reported &&
      marks === before.marks &&
      plans === before.plans &&
      asks === before.asks &&
      queue === before.queue;
    return same ? session : { ...before, facts, agents, calls, turns, messages, usage, prompt_tokens, reported, marks, plans, asks, queue };
  };
}

/** The fold that the daemon and every replica share: structure, outcomes and sums, without the long texts. */
export const foldSession: SessionFold = createSessionFold({ detail: false });
