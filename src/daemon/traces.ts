import { OrreryError } from "../contract/errors.ts";
import type { SessionId } from "../contract/ids.ts";
import type { Clock } from "../lib/clock.ts";
import { traceOf, type Trace } from "../projections/trace.ts";
import type { Whole, WholeSessions } from "./whole-sessions.ts";

interface Deps {
  readonly clock: Pick<Clock, "now">;
  readonly wholeNow: WholeSessions;
}

interface Held {
  readonly whole: Whole;
  readonly trace: Trace;
  readonly madeMs: number;
  /** How long making it took. */
  readonly tookMs: number;
}

/** Waterfalls that are kept: whoever looks at one pages through it and looks again. */
const HELD = 3;
/** What still runs grows with the clock: a waterfall is made again after so long, or after this many times what making it took. */
const FRESH_MS = 1_000;
const FRESH_PER_MS = 20;

/**
 * Waterfalls of sessions. Each is folded once and then only on, by the session's own new events, however much other sessions tell. From the
 * second page on (`isFirst` false) a session that tells nothing new is shown as its first page was.
 */
export function createTraces({ clock, wholeNow }: Deps): (id: SessionId, isFirst: boolean) => Promise<Trace> {
  const held = new Map<SessionId, Held>();

  return async (id, isFirst) => {
    const whole = await wholeNow(id);
    if (whole === undefined) throw new OrreryError("NOT_FOUND", { what: "session", id });
    const now = clock.now();
    const known = held.get(id);
    if (
      known?.whole === whole &&
      (!isFirst || now - known.madeMs < Math.max(FRESH_MS, FRESH_PER_MS * known.tookMs) || !stillRuns(known.trace))
    )
      return known.trace;
    const trace = traceOf(whole.session, now);
    held.delete(id);
    held.set(id, { whole, trace, madeMs: now, tookMs: clock.now() - now });
    if (held.size > HELD) held.delete(held.keys().next().value!);
    return trace;
  };
}

function stillRuns({ spans }: Trace): boolean {
  return spans.some(({ end }) => end === undefined);
}
