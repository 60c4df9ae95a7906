import { PlugZap } from "lucide-react";
import { formatAge, formatClock } from "../ui/format.ts";
import { isShallowSame, useApp, useSelected } from "./app-context.ts";
import type { Snapshot } from "./store.ts";
import { control } from "../mirror/control.ts";

const select = ({ connection, nowMs, clockMs }: Snapshot) => ({
  asOfMs: nowMs,
  retryInMs: connection.state === "waiting" ? Math.max(0, connection.retryAtMs - clockMs) : undefined,
});

/** Over a frozen picture: of when it is, and when the next attempt follows. */
export function Offline() {
  const { reconnect } = useApp();
  const { asOfMs, retryInMs } = useSelected(select, isShallowSame);
  return (
    <output className="live__banner" data-testid="offline">
      <PlugZap size={14} color="var(--fail)" aria-hidden />
      <span>
        Picture of <span className="num">{formatClock(asOfMs)}</span>.{" "}
        {retryInMs === undefined ? (
          "Trying again…"
        ) : (
          <>
            Next attempt in <span className="num">{formatAge(retryInMs)}</span>.
          </>
        )}
      </span>
      <button {...control("ui.reconnect")} type="button" className="linkish" onClick={reconnect}>
        Try now
      </button>
    </output>
  );
}
