import type { OutputFor } from "../../../src/contract/operations/index.ts";
import { useRested } from "./use-rested.ts";
import { useAnswer } from "./use-answer.ts";

export type SessionCost = OutputFor<"sessions.cost">;

/** A session's money is worked out from all its events: asked for this often at most. */
const EVERY_MS = 2_500;

/**
 * What a session cost now or at a past moment (`atMs`), worked out by the daemon, which knows the prices. `version` grows with what is known
 * of the session; undefined while it is not known.
 */
export function useSessionCost(sessionId: string | undefined, version: number, atMs: number | undefined): SessionCost | undefined {
  const asked = useRested(`${version} ${atMs ?? ""}`, EVERY_MS);
  const at = asked.slice(asked.indexOf(" ") + 1);
  const { value } = useAnswer(
    "sessions.cost",
    { session_id: sessionId ?? "", ...(at === "" ? {} : { at: new Date(Number(at)).toISOString() }) },
    { version: asked, isIdle: sessionId === undefined },
  );
  return value?.session_id === sessionId ? value : undefined;
}
