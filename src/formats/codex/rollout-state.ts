import { toId, type TurnId } from "../../contract/ids.ts";
import type { Fields, Place } from "../fields.ts";
import type { Translation } from "../translation.ts";

/** Running totals of one thread, as the client counts them: `input` holds the cached part too. */
export interface Totals {
  readonly input: number;
  readonly cached: number;
  readonly written: number;
  readonly output: number;
  readonly reasoning: number;
}

/** What is known of a rollout file from the lines read so far. Plain data: it can be stored beside the place where reading stopped. */
export interface RolloutState {
  /** The conversation that a person can resume. */
  readonly session: string;
  /** The thread whose file this is: the session's own, or a subagent's. */
  readonly thread: string;
  readonly isChild: boolean;
  readonly isCopy: boolean;
  /** The lines being read were copied from another thread. */
  readonly replaying: boolean;
  readonly turn?: string;
  readonly model?: string;
  /** The file names every request; then running totals add nothing. */
  readonly hasRecords: boolean;
  readonly totals?: Totals;
  /** Tasks given to agents, by spawning call, until the agents are known. */
  readonly tasks: Readonly<Record<string, { readonly name?: string; readonly text?: string }>>;
}

/** One line with everything that its reader may need. */
export interface Line {
  readonly state: RolloutState;
  readonly place: Place;
  readonly payload: Fields;
  readonly turn: string | undefined;
}
/** What a line says, and what it leaves for later lines to know. */
export interface Read extends Translation {
  readonly learnt?: Partial<RolloutState>;
}

export function turnId(turn: string | undefined): TurnId | undefined {
  return turn === undefined ? undefined : toId("trn", turn);
}
