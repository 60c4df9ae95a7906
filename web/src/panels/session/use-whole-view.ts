import { useMemo } from "react";
import { decodeSession, type WireSession } from "../../../../src/projections/encode.ts";
import { viewSession, type SessionView } from "../../../../src/projections/views.ts";
import { useSelected } from "../../app/app-context.ts";
import { shownOf, type Snapshot } from "../../app/store.ts";
import { useAnswer } from "../../app/use-answer.ts";

const stateOf = (snapshot: Snapshot) => shownOf(snapshot).state;

/**
 * What is said of the session as a whole while only its newest part has been read: by the picture where it has the session, else by the
 * daemon. `own` is the view of what has been read.
 */
export function useWholeView(
  sessionId: string,
  own: SessionView | undefined,
  { isRead, nowMs, atMs }: { readonly isRead: boolean; readonly nowMs: number; readonly atMs: number | undefined },
): SessionView | undefined {
  const pictured = useSelected(stateOf).sessions.get(sessionId as SessionView["session_id"]);
  const isIdle = isRead || own === undefined || pictured !== undefined;
  const { value } = useAnswer(
    "sessions.state",
    { session_id: sessionId, ...(atMs === undefined ? {} : { at: new Date(atMs).toISOString() }) },
    { isIdle },
  );
  const told = value?.session;
  const session = useMemo(() => pictured ?? (told === undefined ? undefined : decodeSession(told as WireSession)), [pictured, told]);
  return useMemo(() => (isRead || session === undefined ? own : viewSession(session, nowMs)), [isRead, session, own, nowMs]);
}
