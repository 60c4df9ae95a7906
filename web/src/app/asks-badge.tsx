import { Link } from "@tanstack/react-router";
import { MessageCircleQuestion } from "lucide-react";
import type { AskView } from "../../../src/projections/view-asks.ts";
import { agentViewsOf } from "./selectors.ts";
import { shownOf, type Snapshot } from "./store.ts";
import { useSteady } from "./use-steady.ts";
import "../ui/ask-list.css";

const STEADY_MS = 300;

/** The asks that are open at the moment on screen, the longest waiting first. */
function openAsks(snapshot: Snapshot): readonly AskView[] {
  const { state, nowMs } = shownOf(snapshot);
  return [...state.sessions.values()]
    .filter((session) => session.asks.size > 0)
    .flatMap((session) => agentViewsOf(session, nowMs).flatMap((agent) => agent.asks))
    .toSorted((a, b) => ((a.opened_at ?? "") < (b.opened_at ?? "") ? -1 : 1));
}

/** How many agents wait for a person, and the way to the one that waits longest. Nothing while nobody does. */
export function AsksBadge() {
  const [first, ...others] = useSteady(openAsks, STEADY_MS);
  if (first === undefined) return null;
  const count = others.length + 1;
  const what = `${first.tool ?? first.kind} ${first.prompt ?? ""}`.trim();
  return (
    <Link
      to="/inbox"
      search={{}}
      className="asks-badge"
      title={`${count === 1 ? "One agent waits for you" : `${count} agents wait for you`}\n${what}`}
      data-testid="asks-badge"
    >
      <MessageCircleQuestion size={15} aria-hidden />
      <span className="num">{count}</span>
      <span className="unseen">{count === 1 ? "agent waits for you" : "agents wait for you"}</span>
    </Link>
  );
}
