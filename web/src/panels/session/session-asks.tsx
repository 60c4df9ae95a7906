import { Popover } from "@base-ui/react/popover";
import { MessageCircleQuestion } from "lucide-react";
import type { Session } from "../../../../src/projections/session.ts";
import { isOpenAsk, viewAsks } from "../../../../src/projections/view-asks.ts";
import { AskList } from "../../ui/ask-list.tsx";
import { control } from "../../mirror/control.ts";

/** In a session's head: how many of its agents wait for a person, and on demand every ask with how it was decided. */
export function SessionAsks({ session, nowMs }: { session: Session; nowMs: number }) {
  const asks = viewAsks(session);
  if (asks.length === 0) return null;
  const open = asks.filter(isOpenAsk).length;
  return (
    <Popover.Root>
      <Popover.Trigger
        {...control("session.asks")}
        className="button"
        data-testid="session-asks"
        title={open === 0 ? "What was asked" : "What is asked"}
      >
        <MessageCircleQuestion size={15} aria-hidden />
        <span className="num">{open > 0 ? `${open} open` : asks.length}</span>
        <span className="unseen">{open > 0 ? "asks" : "asks, all decided"}</span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner side="bottom" align="end" sideOffset={6} style={{ zIndex: 15 }}>
          <Popover.Popup className="session__todos" aria-label="Asks">
            <h2 className="heading">Asks</h2>
            <AskList asks={asks.toReversed()} nowMs={nowMs} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
