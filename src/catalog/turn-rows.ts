import type { DatabaseSync } from "node:sqlite";
import type { Session } from "../projections/session.ts";

export interface TurnRows {
  /** Takes in what is new of a session's turns, and gives what named no turn the one that it belongs to now. */
  take(no: number, before: Session | undefined, after: Session): void;
  /** The last turn that an agent had begun at a moment, in milliseconds. */
  at(no: number, agent: string, ms: number): string | null;
  /** Lets the words of a session's turns go. Whose they are and when they began stays: calls and requests stand by it. */
  forgetWords(no: number): void;
}

interface Row {
  readonly agent: string;
  readonly at: number;
  readonly prompt: string | null;
}

/**
 * When turns began. Many sources name no turn with a call or a request: it then belongs to the last that its agent had begun, as in
 * `requestsByTurn`. A turn that is told late takes over what followed it.
 */
export function createTurnRows(db: DatabaseSync): TurnRows {
  const find = db.prepare("SELECT agent, at, prompt FROM turns WHERE session = ? AND turn_id = ?");
  const upsert = db.prepare(`INSERT INTO turns (session, turn_id, agent, at, prompt) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (session, turn_id) DO UPDATE SET agent = excluded.agent, at = excluded.at, prompt = excluded.prompt`);
  const last = db.prepare("SELECT turn_id FROM turns WHERE session = ? AND agent = ? AND at <= ? ORDER BY at DESC, turn_id DESC LIMIT 1");
  const forget = db.prepare("UPDATE turns SET prompt = NULL WHERE session = ?");
  const assign = ["calls", "requests"].map((table) =>
    db.prepare(`UPDATE ${table} SET turn = (SELECT turn_id FROM turns WHERE turns.session = ${table}.session AND turns.agent = ${table}.agent
      AND turns.at <= ${table}.at ORDER BY turns.at DESC, turn_id DESC LIMIT 1) WHERE session = ? AND agent = ? AND at >= ? AND turn_told = 0`),
  );

  return {
    take(no, before, after) {
      const moved = new Map<string, number>();
      const move = (agent: string, ms: number): void => void moved.set(agent, Math.min(ms, moved.get(agent) ?? Infinity));
      for (const turn of after.turns.values()) {
        if (turn.started_at === undefined || before?.turns.get(turn.turn_id) === turn) continue;
        const known = find.get(no, turn.turn_id) as Row | undefined;
        const at = Math.min(Date.parse(turn.started_at), known?.at ?? Infinity);
        const prompt = turn.prompt ?? known?.prompt ?? null;
        if (known?.agent === turn.agent_id && known.at === at && known.prompt === prompt) continue;
        upsert.run(no, turn.turn_id, turn.agent_id, at, prompt);
        if (known?.agent === turn.agent_id && known.at === at) continue;
        move(turn.agent_id, at);
        if (known !== undefined) move(known.agent, known.at);
      }
      for (const [agent, ms] of moved) for (const statement of assign) statement.run(no, agent, ms);
    },
    at(no, agent, ms) {
      return (last.get(no, agent, ms) as { turn_id: string } | undefined)?.turn_id ?? null;
    },
    forgetWords(no) {
      forget.run(no);
    },
  };
}
