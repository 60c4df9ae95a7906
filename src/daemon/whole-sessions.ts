import type { SessionId } from "../contract/ids.ts";
import type { EventLog } from "../log/log.ts";
import type { Session } from "../projections/session.ts";
import type { History } from "./history.ts";

/** A session from its first event on, known up to its own last event. */
export interface Whole {
  readonly session: Session;
  /** The session's own last event. */
  readonly seq: number;
  /** The last event that changed stored ones. */
  readonly retained: number;
}

export type WholeSessions = (id: SessionId) => Promise<Whole | undefined>;

/** Whole sessions that are kept folded: whoever looks at one looks again. */
const HELD = 3;

/**
 * Sessions as they are now, whole. Each is folded once and then only on, by the session's own new events, however much other sessions tell;
 * after stored events were changed it is folded anew. A session that tells nothing new gives the very same object.
 */
export function createWholeSessions({
  log,
  history,
}: {
  readonly log: Pick<EventLog, "read">;
  readonly history: Pick<History, "wholeInPieces">;
}): WholeSessions {
  const held = new Map<SessionId, Whole>();
  const reading = new Map<SessionId, Promise<void>>();
  const lastSeq = (query: { readonly sessionId: SessionId } | { readonly types: readonly string[] }): number =>
    log.read({ ...query, order: "newest", limit: 1 })[0]?.seq ?? 0;

  async function now(id: SessionId): Promise<Whole | undefined> {
    const seq = lastSeq({ sessionId: id });
    const retained = lastSeq({ types: ["retention.applied"] });
    const found = held.get(id);
    const known = found?.retained === retained ? found : undefined;
    const session = known?.seq === seq ? known.session : await history.wholeInPieces(id, { seq }, known);
    if (session === undefined) return undefined;
    const whole = known?.seq === seq ? known : { session, seq, retained };
    held.delete(id);
    held.set(id, whole);
    if (held.size > HELD) held.delete(held.keys().next().value!);
    return whole;
  }

  return (id) => {
    // Whoever asks while it is folded waits, and has what came meanwhile folded on.
    const turn = (reading.get(id) ?? Promise.resolve()).then(() => now(id));
    const settled = turn.then(
      () => undefined,
      () => undefined,
    );
    reading.set(id, settled);
    void settled.then(() => reading.get(id) === settled && reading.delete(id));
    return turn;
  };
}
