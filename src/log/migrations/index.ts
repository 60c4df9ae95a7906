import { first } from "./0001-first.ts";
import { agentSessions } from "./0002-agent-sessions.ts";
import { bodiesStoredAt } from "./0003-bodies-stored-at.ts";

/** Forward only, in order; a store's `user_version` is how many it has. */
export const migrations: readonly string[] = [first, agentSessions, bodiesStoredAt];
