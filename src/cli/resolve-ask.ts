import type { Client } from "../client/index.ts";
import { OrreryError } from "../contract/errors.ts";

const LOOKED_AT = 200;

/** The ask that a person means: its id, or the first characters of one that no other shares; of those, open ones come before what was decided. */
export async function resolveAsk(client: Client, given: string): Promise<string> {
  const wanted = given.startsWith("ask_") ? given : `ask_${given}`;
  const begun = async (state: "open" | "closed"): Promise<string[]> => {
    const { items } = await client.asks.list({ state, limit: LOOKED_AT });
    return items.map(({ ask_id }) => ask_id).filter((id) => id.startsWith(wanted));
  };
  let found = await begun("open");
  if (found.length === 0) found = await begun("closed");
  if (found.length > 1 && !found.includes(wanted))
    throw new OrreryError("NOT_FOUND", { what: "single ask", id: `${given}: ${found.slice(0, 3).join(", ")} begin so` });
  return found.length === 1 ? found[0]! : wanted;
}
