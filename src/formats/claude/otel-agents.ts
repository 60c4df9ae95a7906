import type { EventDraft } from "../../contract/events/index.ts";
import { agentId, tell, type Place } from "../fields.ts";
import type { finishedAgent } from "./prompt.ts";

/** A background agent's end, as told to the main thread by a prompt. */
export function endOf(place: Place, finished: NonNullable<ReturnType<typeof finishedAgent>>, promptKey: string): EventDraft {
  const data = { outcome: finished.outcome, summary: finished.summary };
  return tell(place, "agent.ended", `${finished.agent}:${promptKey}`, data, agentId(finished.agent));
}
