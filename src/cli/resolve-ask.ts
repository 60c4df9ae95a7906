import type { Client } from "../client/index.ts";
import { OrreryError } from "../contract/errors.ts";

const LOOKED_AT = 200;

/** The ask that a person means: its id, or the first characters of an open one that no other shares. */
export async function resolveAsk(client: Client, given: string): Promise<string> {
  const wanted = given.startsWith("ask_") ? given : `ask_${given}`;
  const { items } = await client.asks.list({ limit: LOOKED_AT });
  const ids = items.map(({ ask_id }) => ask_id);
  const found = ids.filter((id) => id.startsWith(wanted));
  if (found.length > 1 && !found.includes(wanted))
    throw new OrreryError("NOT_FOUND", { what: "single ask", id: `${given}: ${found.slice(0, 3).join(", ")} begin so` });
  return found.length === 1 ? found[0]! : wanted;
}
