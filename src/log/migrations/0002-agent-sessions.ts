/**
 * In which sessions an agent was seen, so that a read by agent alone walks those sessions: an index on every event would cost each insert
 * about a tenth, and a scan took 180 ms at 1,000,000 events. `session` is 0 for events of no session.
 */
export const agentSessions = `
  CREATE TABLE agent_sessions (agent INTEGER NOT NULL, session INTEGER NOT NULL, PRIMARY KEY (agent, session)) WITHOUT ROWID;
  INSERT INTO agent_sessions SELECT DISTINCT agent, coalesce(session, 0) FROM events WHERE agent IS NOT NULL;
`;
