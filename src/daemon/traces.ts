import { OrreryError } from "../contract/errors.ts";
import type { SessionId } from "../contract/ids.ts";
import type { EventLog } from "../log/log.ts";
import type { Clock } from "../lib/clock.ts";
import type { Session } from "../projections/session.ts";
import { traceOf, type Trace } from "../projections/trace.ts";
import type { History } from "./history.ts";

interface Deps {
  readonly clock: Pick<Clock, "now">;
  readonly log: Pick<EventLog, "read">;
  readonly history: Pick<History, "wholeSession">;
}

interface Held {
  readonly session: Session;
  /** The session's own last event. */
  readonly seq: number;
  /** The last event that changed stored ones. */
  readonly retained: number;
  readonly trace: Trace;
  readonly madeMs: number;
}

/** Waterfalls that are kept folded: whoever looks at one pages through it and looks again. */
const HELD = 3;
/** What still runs grows with the clock. */
const FRESH_MS = 1_000;

/**
 * Waterfalls of sessions. Each is folded once and then only on, by the session's own new events, however much other sessions tell. From the
 * second page on (`isFirst` false) a session that tells nothing new is shown as its first page was.
 */
export function createTraces({ clock, log, history }: Deps): (id: SessionId, isFirst: boolean) => Trace {
  const held = new Map<SessionId, Held>();
  const lastSeq = (query: { readonly sessionId: SessionId } | { readonly types: readonly string[] }): number =>
    log.read({ ...query, order: "newest", limit: 1 })[0]?.seq ?? 0;

  return (id, isFirst) => {
    const seq = lastSeq({ sessionId: id });
    const retained = lastSeq({ types: ["retention.applied"] });
    const now = clock.now();
    const found = held.get(id);
    const known = found?.retained === retained ? found : undefined;
    const isSame = known?.seq === seq;
    if (isSame && (!isFirst || now - known.madeMs < FRESH_MS || !stillRuns(known.trace))) return known.trace;
    const session = isSame ? known.session : history.wholeSession(id, { seq }, known);
    if (session === undefined) throw new OrreryError("NOT_FOUND", { what: "session", id });
    const trace = traceOf(session, now);
    held.delete(id);
    held.set(id, { session, seq, retained, trace, madeMs: now });
    if (held.size > HELD) held.delete(held.keys().next().value!);
    return trace;
  };
}

function stillRuns({ spans }: Trace): boolean {
  return spans.some(({ end }) => end === undefined);
}
