import { Crosshair } from "lucide-react";
import { useFollow } from "./use-follow.ts";
import { control } from "../mirror/control.ts";

/** Follows an agent or session (`<session_id> <agent_id>`, `<session_id>`) through time, or leaves it. */
export function FollowButton({ agentKey }: { agentKey: string }) {
  const { follow, setFollow } = useFollow();
  const isFollowed = follow?.key === agentKey;
  const word = isFollowed ? "Follow nobody" : "Follow";
  return (
    <button
      {...control("live.follow", agentKey)}
      type="button"
      className="button button--icon"
      aria-pressed={isFollowed}
      title={`${word} (f): the strip, steps and play are of it alone`}
      aria-label="Follow"
      onClick={() => setFollow(isFollowed ? undefined : agentKey)}
    >
      <Crosshair size={15} aria-hidden />
    </button>
  );
}
