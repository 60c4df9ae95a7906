import type { AskView } from "../../../../src/projections/view-asks.ts";
import { AskList } from "../../ui/ask-list.tsx";
import "./call-asks.css";

/** In the conversation: what was asked of a person for a call, how it was decided, by whom and after how long. */
export function CallAsks({ asks, nowMs }: { asks: readonly AskView[]; nowMs: number }) {
  if (asks.length === 0) return null;
  return (
    <div className="call-asks" data-testid="call-asks">
      <AskList asks={asks} nowMs={nowMs} />
    </div>
  );
}
