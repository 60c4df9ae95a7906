import type { SessionView } from "../../../../src/projections/views.ts";
import { useSelected } from "../../app/app-context.ts";
import type { Snapshot } from "../../app/store.ts";
import { formatAge, formatClock } from "../../ui/format.ts";

/** Work without a word for so long says since when. */
const QUIET_MS = 20_000;
const LONG_MS = 10 * 60_000;

const select = ({ connection, nowMs, clockMs }: Snapshot) => ({ isLive: connection.state === "live", nowMs, clockMs });
const isSame = (a: ReturnType<typeof select>, b: ReturnType<typeof select>) =>
  a.isLive === b.isLive && a.nowMs === b.nowMs && a.clockMs === b.clockMs;

/** The last line of a conversation: how the session stands, and how old that news is. */
export function Foot({ view, isStalled, isPast }: { view: SessionView; isStalled: boolean; isPast: boolean }) {
  const { isLive, nowMs, clockMs } = useSelected(select, isSame);
  const { facts, status } = view;
  if (isPast) return <p className="line__note">This is the conversation as it was at the moment on the strip.</p>;
  if (!isLive)
    return (
      <p className="line__note line__note--stale" data-testid="foot-offline">
        The connection is down since {formatClock(nowMs)}, for {formatAge(clockMs - nowMs)}: what came after is not here yet.
      </p>
    );
  if (status === "ended") {
    const reason = facts.end_reason === undefined || facts.end_reason === "other" ? "" : `: ${facts.end_reason}`;
    return <p className="line__note">Session ended{reason}.</p>;
  }
  const lastMs = Date.parse(facts.last_at ?? "");
  const quietMs = nowMs - lastMs;
  if ((isStalled || status === "working") && quietMs > QUIET_MS)
    return (
      <p className="line__note line__note--stale" data-testid="foot-quiet">
        {isStalled ? "Stalled: it works on something, but" : "Shown as working, but"} the last event came {formatAge(quietMs)} ago, at{" "}
        {formatClock(lastMs)}.
      </p>
    );
  if (status === "waiting") return <p className="line__note">Waiting for you: answer in the Inbox, or where the agent works.</p>;
  if (quietMs > LONG_MS) return <p className="line__note">Nothing new for {formatAge(quietMs)}.</p>;
  return <p className="line__note">{status === "working" ? "Working…" : "Idle."}</p>;
}
