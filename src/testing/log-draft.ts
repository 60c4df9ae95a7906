import type { EventDraft } from "../contract/events/index.ts";

export const START = Date.UTC(2026, 10, 20, 10);

/** A small event for tests of the log. */
export function draft(
  index: number,
  fields: Partial<{ id: string; type: string; session: string; agent: string; run: string; at: number; data: object }> = {},
): EventDraft {
  return {
    id: fields.id ?? `evt:${index}`,
    type: fields.type ?? "x.test.happened",
    timestamp: new Date(fields.at ?? START + index).toISOString(),
    source: "api",
    ...(fields.session === undefined ? {} : { session_id: `ses_${fields.session}` }),
    ...(fields.agent === undefined ? {} : { agent_id: `agt_${fields.agent}` }),
    ...(fields.run === undefined ? {} : { run_id: `run_${fields.run}` }),
    data: fields.data ?? { index },
  } as unknown as EventDraft;
}
