import type { OutputFor } from "../../../../src/contract/operations/index.ts";
import type { Session } from "../../../../src/projections/session.ts";
import { viewAsks } from "../../../../src/projections/view-asks.ts";
import { isFine, type StripWindow } from "./strip-window.ts";

export type MarkKind = "error" | "ask" | "spawn";
export interface StripMark {
  readonly atMs: number;
  readonly kind: MarkKind;
  readonly words: string;
}

const LIMIT = 400;

/** Moments worth finding: exact ones of the sessions at hand in a short window, else those that the buckets count. */
export function stripMarks(
  sessions: readonly Session[],
  buckets: OutputFor<"activity.get">["buckets"],
  bucketMs: number,
  window: StripWindow,
): StripMark[] {
  const found = isFine(window) ? exactMarks(sessions) : bucketMarks(buckets, bucketMs);
  return found
    .filter(({ atMs }) => atMs >= window.sinceMs && atMs <= window.untilMs)
    .toSorted((a, b) => a.atMs - b.atMs)
    .slice(0, LIMIT);
}

/** The mark before or after a moment; asks and errors only, or any. */
export function nextMark(marks: readonly StripMark[], atMs: number, direction: 1 | -1): StripMark | undefined {
  return direction === 1 ? marks.find((mark) => mark.atMs > atMs + 0.5) : marks.findLast((mark) => mark.atMs < atMs - 0.5);
}

function exactMarks(sessions: readonly Session[]): StripMark[] {
  const marks: StripMark[] = [];
  const put = (at: string | undefined, kind: MarkKind, words: string) => {
    const atMs = Date.parse(at ?? "");
    if (!Number.isNaN(atMs)) marks.push({ atMs, kind, words });
  };
  for (const session of sessions) {
    for (const agent of session.agents.values()) {
      const name = agent.name ?? agent.agent_type ?? "agent";
      if (agent.agent_id !== "agt_main") put(agent.first_at, "spawn", `${name} appeared`);
    }
    for (const ask of viewAsks(session)) {
      const agent = session.agents.get(ask.agent_id);
      put(ask.opened_at, "ask", `${agent?.name ?? agent?.agent_type ?? "agent"} waited for you`);
    }
    for (const call of session.calls.map.values())
      if (call.outcome !== undefined && call.outcome !== "ok") put(call.ended_at, "error", `${call.name ?? "call"}: ${call.outcome}`);
    for (const mark of session.marks.values()) if (mark.kind === "model_failed") put(mark.at, "error", `model request: ${mark.text}`);
  }
  return marks;
}

function bucketMarks(buckets: OutputFor<"activity.get">["buckets"], bucketMs: number): StripMark[] {
  return buckets.flatMap(({ at, errors, asks, spawns }) => {
    const atMs = Date.parse(at) + bucketMs / 2;
    const of = (kind: MarkKind, count: number, word: string): StripMark[] =>
      count > 0 ? [{ atMs, kind, words: `${count} ${word}${count === 1 ? "" : "s"}` }] : [];
    return [...of("error", errors, "error"), ...of("ask", asks, "ask"), ...of("spawn", spawns, "agent")];
  });
}
