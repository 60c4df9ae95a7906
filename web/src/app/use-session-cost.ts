import type { OutputFor } from "../../../src/contract/operations/index.ts";
import { useSelected } from "./app-context.ts";
import type { Snapshot } from "./store.ts";
import { useAnswer } from "./use-answer.ts";
import { useRested } from "./use-rested.ts";

export type SessionCost = OutputFor<"sessions.cost">;

/** A session's money is worked out from all its events: asked for this often at most. */
const EVERY_MS = 2_500;

const shownMoment = ({ past }: Snapshot) => past?.shown ?? past;

/**
 * What a session cost at the moment that is shown, worked out by the daemon, which knows the prices. `version` grows with what is known of
 * the session; undefined while it is not known.
 */
export function useSessionCost(sessionId: string | undefined, version: number): SessionCost | undefined {
  const moment = useSelected(shownMoment);
  const asked = useRested(`${version} ${moment?.atMs ?? ""} ${moment?.seq ?? ""}`, EVERY_MS);
  const [, at = "", seq = ""] = asked.split(" ");
  const point = at === "" ? {} : { at: new Date(Number(at)).toISOString(), ...(seq === "" ? {} : { up_to: Number(seq) }) };
  const { value } = useAnswer(
    "sessions.cost",
    { session_id: sessionId ?? "", ...point },
    { version: asked, isIdle: sessionId === undefined },
  );
  return value?.session_id === sessionId ? value : undefined;
}
