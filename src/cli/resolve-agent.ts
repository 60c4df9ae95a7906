import type { Client } from "../client/index.ts";
import { OrreryError } from "../contract/errors.ts";

/** The agent of a session that a person means: its id, the first characters of it, or what it is called, as no other agent of the session is. */
export async function resolveAgent(client: Client, session_id: string, given: string): Promise<string> {
  const wanted = given.startsWith("agt_") ? given : `agt_${given}`;
  const { agents } = (await client.sessions.get({ session_id })) as unknown as { agents: { agent_id: string; label: string }[] };
  if (agents.some(({ agent_id }) => agent_id === wanted)) return wanted;
  const found = agents.filter(({ agent_id, label }) => agent_id.startsWith(wanted) || label.toLowerCase() === given.toLowerCase());
  if (found.length > 1)
    throw new OrreryError("NOT_FOUND", { what: "single agent", id: `${given}: ${found.map(({ agent_id }) => agent_id).join(", ")}` });
  return found[0]?.agent_id ?? wanted;
}
