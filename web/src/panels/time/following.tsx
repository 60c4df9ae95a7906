import { X } from "lucide-react";
import { useCallback } from "react";
import { agentViewsOf, sessionViewOf } from "../../app/selectors.ts";
import { shownOf, type Snapshot } from "../../app/store.ts";
import type { Follow } from "../../app/use-follow.ts";
import { useSteady } from "../../app/use-steady.ts";
import { clip } from "../../ui/format.ts";
import { safeText } from "../../ui/safe-text.ts";
import { control } from "../../mirror/control.ts";

const STEADY_MS = 500;

/** Whom the strip follows, whether its descendants too, and the way to leave it. */
export function Following({ follow, setFollow }: { follow: Follow; setFollow: (key: string | undefined, descendants?: boolean) => void }) {
  const name = useSteady(
    useCallback((snapshot: Snapshot) => nameOf(snapshot, follow), [follow]),
    STEADY_MS,
  );
  const isWide = follow.descendants === true;
  return (
    <div className="following" data-testid="following">
      <span className="following__name" title={`The strip, steps and play are of ${safeText(name)} alone`}>
        {safeText(clip(name, 22))}
      </span>
      {follow.agent_id !== undefined && (
        <button
          {...control("time.follow_kin")}
          type="button"
          className="button"
          aria-pressed={isWide}
          title={isWide ? "Of this agent alone" : "Of the agents that it started, too"}
          onClick={() => setFollow(follow.key, !isWide)}
        >
          + its agents
        </button>
      )}
      <button
        {...control("time.unfollow")}
        type="button"
        className="button button--icon"
        title="Follow nobody (f)"
        aria-label="Follow nobody"
        onClick={() => setFollow(undefined)}
      >
        <X size={13} aria-hidden />
      </button>
    </div>
  );
}

function nameOf(snapshot: Snapshot, { session_id, agent_id }: Follow): string {
  const shown = shownOf(snapshot);
  const session = shown.state.sessions.get(session_id) ?? snapshot.live.sessions.get(session_id);
  if (session === undefined) return (agent_id ?? session_id).slice(4);
  if (agent_id === undefined) return sessionViewOf(session, shown.nowMs).title;
  return agentViewsOf(session, shown.nowMs).find((agent) => agent.agent_id === agent_id)?.label ?? agent_id.slice(4);
}
