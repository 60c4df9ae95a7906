import type { EventDraft } from "../contract/events/index.ts";
import { toTimestamp } from "../lib/clock.ts";

export const LARGE = "ses_large";
const START_MS = Date.UTC(2026, 10, 20, 8);
const ROWS_PER_TURN = 50;

/**
 * One session whose conversation has so many rows besides the lines of its turns: odd ones are messages `msg_<n>`, even ones calls
 * `call_<n>` with a request each. The same session of more rows begins with the same events.
 */
export function largeSession(rows: number): EventDraft[] {
  const events: EventDraft[] = [];
  for (let no = 1; no <= rows; no++) {
    const add = (id: string, type: string, data: object): void => {
      events.push({
        id: `${LARGE}:${id}:${no}`,
        source: "claude-code/transcript",
        session_id: LARGE,
        agent_id: "agt_main",
        type,
        timestamp: toTimestamp(START_MS + no * 1_000),
        data,
      } as unknown as EventDraft);
    };
    if (no === 1) add("session", "session.started", { title: "A very long day", app: "claude-code", project: "shop" });
    const isPrompt = no % ROWS_PER_TURN === 1;
    if (isPrompt) add("turn", "turn.started", { turn_id: `trn_${no}`, prompt: `Prompt ${no}` });
    if (no % 2 === 1) {
      const text = isPrompt
        ? `Prompt ${no}`
        : `Message ${no}: ${"what was found and what comes next, in some words. ".repeat(1 + (no % 7))}`;
      add("message", "message.added", { message_id: `msg_${no}`, role: isPrompt ? "user" : "assistant", parts: [{ kind: "text", text }] });
    } else {
      add("started", "tool.started", {
        call_id: `call_${no}`,
        request_id: `req_${no}`,
        name: "Bash",
        kind: "run",
        title: `step ${no}`,
        input: { command: `step ${no}` },
      });
      add("ended", "tool.ended", { call_id: `call_${no}`, outcome: no % 97 === 0 ? "error" : "ok", output: `Output of step ${no}` });
      add("request", "model.responded", {
        request_id: `req_${no}`,
        model: "claude-opus-5-5",
        usage: { input: 10, cache_read: 1_000, output: 50 },
      });
    }
  }
  return events;
}
