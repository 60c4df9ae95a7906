import type { Client } from "../client/index.ts";
import { OrreryError } from "../contract/errors.ts";

/** The session that a person means: its id, or the first characters of one that no other session shares. */
export async function resolveSession(client: Client, given: string): Promise<string> {
  const wanted = given.startsWith("ses_") ? given : `ses_${given}`;
  const { items } = await client.sessions.list({ limit: 200 });
  const ids = items.map((row) => String(row["session_id"]));
  const found = ids.filter((id) => id.startsWith(wanted));
  if (found.length === 1) return found[0]!;
  if (found.length > 1 && !found.includes(wanted))
    throw new OrreryError("NOT_FOUND", { what: "single session", id: `${given}: ${found.slice(0, 3).join(", ")} begin so` });
  return wanted;
}
