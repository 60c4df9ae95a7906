import { useNavigate, useParams } from "@tanstack/react-router";
import { useCallback } from "react";

/** Narrows every screen to one project, or widens them to all. A screen stays where it is, but one session's leads to Live. */
export function useChooseProject(): (project: string | undefined) => void {
  const navigate = useNavigate();
  const { sessionId } = useParams({ strict: false });
  return useCallback(
    (project) =>
      void navigate({
        to: sessionId === undefined ? "." : "/",
        search: (old: Record<string, unknown>) => ({ ...old, project, session: undefined, agent: undefined }),
      }),
    [navigate, sessionId],
  );
}
