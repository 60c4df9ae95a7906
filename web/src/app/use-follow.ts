import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import type { AgentId, SessionId } from "../../../src/contract/ids.ts";

/** Whom density, marks, steps and play are of: a session, an agent of it, or that agent and all that descend from it. */
export interface Follow {
  readonly key: string;
  readonly session_id: SessionId;
  readonly agent_id?: AgentId;
  readonly descendants?: true;
}

/** Who is followed, by the address; and the way to follow another (`<session_id> <agent_id>`) or nobody. */
export function useFollow(): {
  readonly follow: Follow | undefined;
  /** What the screen shows that could be followed: the selected agent, or its session. */
  readonly followable: string | undefined;
  readonly setFollow: (key: string | undefined, descendants?: boolean) => void;
} {
  const { follow: key, kin, agent, session } = useSearch({ strict: false });
  const { sessionId = session } = useParams({ strict: false });
  const navigate = useNavigate();
  const follow = useMemo(() => (key === undefined ? undefined : followOf(key, kin)), [key, kin]);
  const setFollow = useCallback(
    (next: string | undefined, descendants = false) =>
      void navigate({
        to: ".",
        search: (old: Record<string, unknown>) => ({ ...old, follow: next, kin: next !== undefined && descendants ? true : undefined }),
        replace: true,
      }),
    [navigate],
  );
  // On Live an agent is named with its session, elsewhere beside it.
  const ofSession = sessionId === undefined || agent === undefined ? sessionId : `${sessionId} ${agent}`;
  const followable = agent?.includes(" ") === true ? agent : ofSession;
  return { follow, followable, setFollow };
}

/** What operations are told about whose events count. */
export interface FollowInput {
  readonly session_id?: string;
  readonly agent_id?: string;
  readonly descendants?: boolean;
  readonly project?: string;
}

/** Who the strip is of: who is followed, else the project that is chosen, else everybody. */
export function followInput(follow: Follow | undefined, project: string | undefined): FollowInput {
  if (follow === undefined) return project === undefined ? {} : { project };
  const { key: _, ...input } = follow;
  return input;
}

function followOf(key: string, kin: boolean | undefined): Follow {
  const [session, agent] = key.split(" ") as [SessionId, AgentId | undefined];
  return {
    key,
    session_id: session,
    ...(agent === undefined ? {} : { agent_id: agent, ...(kin === true ? { descendants: true as const } : {}) }),
  };
}
