import type { SessionId } from "../../contract/ids.ts";
import type { Picture } from "../picture.ts";
import { chatIdOf } from "./ids.ts";

/** Every session under the id of its chat, under ours, and under the agent program's own. */
export function createChats({ summaries }: Pick<Picture, "summaries">) {
  const known = new Map<string, SessionId>();

  function learn(): void {
    for (const { session_id } of summaries()) {
      if (known.has(session_id)) continue;
      known.set(session_id, session_id);
      known.set(session_id.slice(session_id.indexOf("_") + 1), session_id);
      known.set(chatIdOf(session_id), session_id);
    }
  }

  return {
    find(id: string): SessionId | undefined {
      if (!known.has(id)) learn();
      return known.get(id) ?? known.get(id.toLowerCase());
    },
    /** The chats that there are, the most recently active first. */
    list: () =>
      summaries().map(({ session_id, title, status, facts }) => ({
        id: chatIdOf(session_id),
        session_id: chatIdOf(session_id),
        orrery_id: session_id,
        title,
        status,
        agent: facts.app ?? null,
        model: facts.model ?? null,
        created_at: facts.first_at ?? null,
        updated_at: facts.last_at ?? null,
      })),
  };
}
