import { useCallback } from "react";
import type { AskRow } from "../../../../src/contract/operations/asks.ts";
import { useSelected } from "../../app/app-context.ts";
import { agentViewsOf } from "../../app/selectors.ts";
import { shownOf, type Snapshot } from "../../app/store.ts";
import { formatAge, formatDuration, formatMoment } from "../../ui/format.ts";
import { safeText } from "../../ui/safe-text.ts";

const outcomes: Readonly<Record<string, string>> = {
  allowed: "Allowed",
  denied: "Denied",
  edited: "Allowed, edited",
  always: "Always allowed",
  answered: "Answered",
  cancelled: "Taken back",
  expired: "Nobody answered",
  unknown: "Over, nobody says how",
};

/** What happens at the deadline, after the time that is left. */
const atDeadline: Readonly<Record<string, string>> = {
  deny: "then denied",
  allow: "then allowed",
  wait: "then it goes on waiting",
  escalate: "then escalated",
  pass: "then asked at the agent's own prompt",
};

/** How it ended: what, by whom, at which door, when, after how long. */
export function decidedWords({ outcome, by, door, decided_at, wait_ms }: AskRow, nowMs: number): string {
  return [
    outcomes[outcome ?? "unknown"],
    by === undefined ? "" : `by ${safeText(by)}`,
    door === undefined ? "" : `at ${safeText(door)}`,
    decided_at === undefined ? "" : `· ${formatMoment(Date.parse(decided_at), nowMs)}`,
    wait_ms === undefined ? "" : `· after ${formatDuration(wait_ms)}`,
  ]
    .filter(Boolean)
    .join(" ");
}

/** Since when it waits, and how long it can. */
export function Waiting({ ask, nowMs }: { ask: AskRow; nowMs: number }) {
  const since = ask.opened_at === undefined ? "waits" : `waits ${formatAge(nowMs - Date.parse(ask.opened_at))}`;
  const leftMs = ask.deadline === undefined ? undefined : Date.parse(ask.deadline) - nowMs;
  return (
    <span className="num" title={ask.deadline === undefined ? "No deadline" : `Deadline ${ask.deadline}`}>
      {since}
      {ask.escalated_at !== undefined && <span className="inbox__late"> · escalated</span>}
      {leftMs !== undefined && ask.escalated_at === undefined && (
        <span className={leftMs < 60_000 ? "inbox__late" : undefined}>
          {leftMs > 0 ? ` · ${formatDuration(leftMs)} left, ` : " · deadline passed, "}
          {atDeadline[ask.on_timeout ?? "deny"]}
        </span>
      )}
    </span>
  );
}

/** Who asks, from the project down to the agent through those that started it. */
export function useChain(ask: AskRow): readonly string[] {
  const { session_id, agent_id, project, session, agent } = ask;
  const select = useCallback(
    (snapshot: Snapshot): string => {
      const { state, nowMs } = shownOf(snapshot);
      const held = session_id === undefined ? undefined : state.sessions.get(session_id as never);
      const agents = held === undefined ? [] : agentViewsOf(held, nowMs);
      const line: string[] = [];
      let at = agents.find((each) => each.agent_id === agent_id);
      while (at !== undefined && line.length < 20) {
        line.unshift(at.label);
        const parent: string | undefined = at.parent_agent_id;
        at = parent === undefined ? undefined : agents.find((each) => each.agent_id === parent);
      }
      return line.join("\n");
    },
    [session_id, agent_id],
  );
  const line = useSelected(select);
  const agents = line === "" ? [agent] : line.split("\n");
  return [project, session, ...agents].flatMap((name) => (name === undefined || name === "" ? [] : [safeText(name)]));
}

export function Chain({ ask }: { ask: AskRow }) {
  const chain = useChain(ask);
  const names = chain.length === 0 ? [safeText(ask.asked_by ?? "A program in no session")] : chain;
  return (
    <span className="inbox__chain" title={names.join(" › ")}>
      {names.map((name, index) => (
        <span key={`${index} ${name}`}>
          {index > 0 && <span aria-hidden> › </span>}
          {name}
        </span>
      ))}
    </span>
  );
}
