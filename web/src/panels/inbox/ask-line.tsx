import { useEffect, useRef } from "react";
import type { AskRow } from "../../../../src/contract/operations/asks.ts";
import { isRisky } from "../../../../src/projections/ask-answers.ts";
import { askShapes } from "../../ui/ask-list.tsx";
import { clip } from "../../ui/format.ts";
import { safeText } from "../../ui/safe-text.ts";
import { Chain, decidedWords, Waiting } from "./ask-words.tsx";
import { control } from "../../mirror/control.ts";

/** One ask in the list: what, who wants it, how long it waits or how it ended. */
export function AskLine({
  row,
  nowMs,
  isCurrent,
  isChosen,
  onOpen,
  onChoose,
}: {
  row: AskRow;
  nowMs: number;
  isCurrent: boolean;
  isChosen: boolean;
  onOpen: () => void;
  onChoose?: () => void;
}) {
  const what = clip(safeText(row.kind === "plan" ? unmarked(row.prompt ?? "") : (row.subject ?? row.prompt ?? row.kind)), 160);
  const line = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isCurrent) line.current?.scrollIntoView({ block: "nearest" });
  }, [isCurrent]);
  return (
    <li ref={line} className="ask-line" data-state={row.state} data-current={isCurrent || undefined}>
      {onChoose !== undefined && (
        <input
          {...control("inbox.chosen", row.ask_id)}
          type="checkbox"
          aria-label={`Select ${what}`}
          checked={isChosen}
          onChange={onChoose}
        />
      )}
      <button
        {...control("inbox.ask", row.ask_id)}
        type="button"
        className="ask-line__open"
        aria-current={isCurrent || undefined}
        onClick={onOpen}
        data-testid={`ask-line-${row.ask_id}`}
      >
        <span className="ask-line__shape" data-outcome={row.outcome} aria-hidden>
          {row.state === "open" ? "?" : (askShapes[row.outcome ?? ""] ?? "·")}
        </span>
        <span className="ask-line__words">
          <span className="ask-line__what">
            <strong>{safeText(row.tool ?? row.kind)}</strong> <span className={row.kind === "permission" ? "mono" : undefined}>{what}</span>
          </span>
          <Chain ask={row} />
          <small>
            {row.state === "open" && isRisky(row) && <span className="ask-line__risk">{row.risk} risk · </span>}
            {row.state === "open" ? <Waiting ask={row} nowMs={nowMs} /> : decidedWords(row, nowMs)}
          </small>
        </span>
      </button>
    </li>
  );
}

/** A plan's first words, without what makes headings, lists and code of them. */
function unmarked(markdown: string): string {
  return markdown.replace(/^ *(?:#{1,6} |```.*$)/gm, "").replace(/\*\*|`/g, "");
}
