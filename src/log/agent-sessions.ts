import type { DatabaseSync } from "node:sqlite";

/** In which sessions each agent was seen. What a failed transaction added is forgotten with `forget`. */
export interface AgentSessions {
  add(agent: number, session: number): void;
  /** The sessions of an agent, or "many": more than are worth walking one by one, or events of no session. */
  of(agent: number): readonly number[] | "many";
  /** Marks what was added since the last mark as stored. */
  keep(): void;
  forget(): void;
}

const MANY = 20;
const CACHE = 50_000;

export function createAgentSessions(db: DatabaseSync): AgentSessions {
  const insert = db.prepare("INSERT OR IGNORE INTO agent_sessions (agent, session) VALUES (?, ?)");
  const select = db.prepare("SELECT session FROM agent_sessions WHERE agent = ? ORDER BY session LIMIT ?");
  const known = new Set<string>();
  let fresh: string[] = [];
  return {
    add(agent, session) {
      const pair = `${agent} ${session}`;
      if (known.has(pair)) return;
      if (known.size >= CACHE) known.clear();
      insert.run(agent, session);
      known.add(pair);
      fresh.push(pair);
    },
    of(agent) {
      const sessions = (select.all(agent, MANY + 1) as { session: number }[]).map(({ session }) => session);
      return sessions.length > MANY || sessions[0] === 0 ? "many" : sessions;
    },
    keep() {
      fresh = [];
    },
    forget() {
      for (const pair of fresh) known.delete(pair);
      fresh = [];
    },
  };
}
