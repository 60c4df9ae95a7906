import type { ContextFill } from "../../../src/contract/operations/money.ts";
import { formatCount, formatPercent, UNKNOWN, whole } from "./format.ts";
import "./context-bar.css";

/** How full an agent's context is. Without a known window there is a number and no bar. */
export function ContextBar({ fill, compactions = 0 }: { fill: ContextFill; compactions?: number }) {
  const { tokens, window, used, segments } = fill;
  const parts = Object.entries(segments.parts).map(([part, count]) => `${part.replaceAll("_", " ")} ${whole(count)}`);
  const title = [
    `${whole(tokens)} tokens of ${window === undefined ? "a window that is not known" : whole(window)}: the newest prompt with its answer`,
    parts.length > 0 && `${segments.how === "estimated" ? "≈ " : ""}${parts.join(", ")} (${segments.how})`,
    compactions > 0 && `compacted ${compactions === 1 ? "once" : `${compactions} times`} so far`,
  ];
  return (
    <span className="context" title={title.filter(Boolean).join("\n")} data-testid="context">
      {window !== undefined && used !== undefined && (
        <span
          className="context__bar"
          // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- a meter element cannot be drawn as this bar in every browser
          role="meter"
          aria-label="Context used"
          aria-valuemin={0}
          aria-valuemax={window}
          aria-valuenow={Math.min(tokens, window)}
          data-full={used >= 0.9 ? "nearly" : used >= 0.7 ? "much" : undefined}
        >
          <i style={{ width: `${Math.min(100, 100 * used)}%` }} />
        </span>
      )}
      <span className="num">
        {formatCount(tokens)} <span className="dim">of {window === undefined ? UNKNOWN : formatCount(window)}</span>
        {used !== undefined && window !== undefined && <span className="dim"> · {formatPercent(tokens, window)}</span>}
      </span>
      {compactions > 0 && <span className="context__marks">{"◆".repeat(Math.min(compactions, 5))}</span>}
    </span>
  );
}
