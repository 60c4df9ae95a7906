import { MAIN_AGENT, type AgentId, type TurnId } from "../contract/ids.ts";
import { previewOf } from "../contract/text.ts";
import { emptyMap, type PersistentMap } from "../lib/persistent-map.ts";
import { earlier, fuse, later, noRanks, rankOf, type Fused } from "./fuse.ts";
import type { Projection } from "./projection.ts";

/** One prompt and the work that it set off. */
export interface Turn extends Fused {
  readonly turn_id: TurnId;
  readonly agent_id: AgentId;
  readonly prompt?: string;
  readonly origin?: "human" | "command" | "notification" | "agent";
  readonly started_at?: string;
  readonly ended_at?: string;
  readonly stop_reason?: string;
  readonly interrupted?: boolean;
  readonly duration_ms?: number;
}

export type Turns = PersistentMap<TurnId, Turn>;

const PROMPT_PREVIEW = 280;

export const turnsProjection: Projection<Turns> = {
  name: "turns",
  initial: emptyMap(),
  apply(turns, event) {
    if (event.type !== "turn.started" && event.type !== "turn.ended") return turns;
    const id = event.data.turn_id;
    if (id === undefined) return turns;
    const turn = turns.get(id) ?? { turn_id: id, agent_id: event.agent_id ?? MAIN_AGENT, from: noRanks };
    const rank = rankOf(event.source);
    if (event.type === "turn.started") {
      const { prompt, origin } = event.data;
      const told = fuse(
        turn,
        { agent_id: event.agent_id, origin, prompt: prompt === undefined ? undefined : previewOf(prompt).slice(0, PROMPT_PREVIEW) },
        rank,
      );
      return turns.set(id, { ...told, started_at: earlier(told.started_at, event.timestamp) });
    }
    const { stop_reason, interrupted, duration_ms } = event.data;
    const told = fuse(turn, { agent_id: event.agent_id, stop_reason, interrupted, duration_ms }, rank);
    return turns.set(id, { ...told, ended_at: later(told.ended_at, event.timestamp) });
  },
};
