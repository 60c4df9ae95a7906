import type { AskKind, AskOutcome } from "../contract/events/ask.ts";
import type { StoredEvent } from "../contract/events/index.ts";
import { MAIN_AGENT, type AgentId, type AskId, type CallId } from "../contract/ids.ts";
import { previewOf } from "../contract/text.ts";
import { emptyMap, type PersistentMap } from "../lib/persistent-map.ts";
import { textHash } from "../lib/text-hash.ts";
import { canonical, earlier, fuse, noRanks, rankOf, type Fused } from "./fuse.ts";
import type { Projection } from "./projection.ts";

/** An ask as one source tells it. Which tellings are one ask is for `viewAsks` to see: only the calls around them show it. */
export interface AskTold extends Fused {
  readonly ask_id: AskId;
  readonly agent_id: AgentId;
  readonly kind?: AskKind;
  readonly call_id?: CallId;
  readonly tool?: string;
  /** A hash of tool and input, where the source names no call. */
  readonly content?: string;
  readonly prompt?: string;
  readonly deadline?: string;
  /** Whoever asked waits for Orrery's answer. */
  readonly is_held?: boolean;
  readonly opened_at?: string;
  readonly outcome?: AskOutcome;
  readonly by?: string;
  readonly door?: string;
  readonly decided_at?: string;
}

export type Asks = PersistentMap<AskId, AskTold>;

const PROMPT_PREVIEW = 400;

export const asksProjection: Projection<Asks> = {
  name: "asks",
  initial: emptyMap(),
  apply(asks, event) {
    if (!event.type.startsWith("ask.")) return asks;
    const told = toldBy(event);
    if (told === undefined) return asks;
    const before = asks.get(told.ask_id);
    const after = fold(before ?? { ask_id: told.ask_id, agent_id: event.agent_id ?? MAIN_AGENT, from: noRanks }, told, event);
    return after === before ? asks : asks.set(told.ask_id, after);
  },
};

/** Equal for equal tools with equal inputs, in whatever order the fields of the input stand. */
export function contentOf(tool: string, input: unknown): string {
  return textHash(`${tool} ${canonical(input)}`);
}

type Telling = Partial<Omit<AskTold, "from">> & { readonly ask_id: AskId };

function toldBy(event: StoredEvent): Telling | undefined {
  switch (event.type) {
    case "ask.opened": {
      const { ask_id, kind, call_id, tool, input, prompt, deadline, is_held } = event.data;
      const content = tool === undefined || input === undefined ? undefined : contentOf(tool, input);
      return {
        ask_id,
        kind,
        call_id,
        tool,
        content,
        prompt: prompt === undefined ? undefined : previewOf(prompt).slice(0, PROMPT_PREVIEW),
        deadline,
        is_held,
        opened_at: event.timestamp,
      };
    }
    case "ask.answered": {
      const { ask_id, kind, call_id, tool, outcome, by, door } = event.data;
      return { ask_id, kind, call_id, tool, outcome, by, door, decided_at: event.timestamp };
    }
    case "ask.withdrawn": {
      const { ask_id, by, door } = event.data;
      return { ask_id, outcome: "cancelled", by, door, decided_at: event.timestamp };
    }
    case "ask.expired":
      return { ask_id: event.data.ask_id, outcome: "expired", decided_at: event.timestamp };
    default:
      return undefined;
  }
}

function fold(ask: AskTold, { opened_at, decided_at, ...fields }: Telling, event: StoredEvent): AskTold {
  const told = fuse(ask, { ...fields, agent_id: event.agent_id }, rankOf(event.source));
  const opened = opened_at === undefined ? told.opened_at : earlier(told.opened_at, opened_at);
  const decided = decided_at === undefined ? told.decided_at : earlier(told.decided_at, decided_at);
  if (opened === told.opened_at && decided === told.decided_at) return told;
  return { ...told, opened_at: opened, decided_at: decided };
}
