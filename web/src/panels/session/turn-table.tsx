import { useMemo, useState } from "react";
import { familyColour } from "../../graph/families.ts";
import { clip, formatCount, formatModel, formatMoment, formatPercent, UNKNOWN, whole } from "../../ui/format.ts";
import { Cell, ColumnHead, VirtualRows } from "../../ui/virtual-rows.tsx";
import { costText, costTitle } from "../../ui/money-text.ts";
import { safeText } from "../../ui/safe-text.ts";
import { tokenSum } from "../../app/selectors.ts";
import { columnsOf, durationText, marksOf, type TurnCost } from "./turn-columns.ts";

const ROW = 28;

/** The timeline in words and digits, for who reads rather than looks. */
export function TurnTable({
  turns,
  current,
  nowMs,
  onTurn,
}: {
  turns: readonly TurnCost[];
  current: number;
  nowMs: number;
  onTurn: (turn: TurnCost) => void;
}) {
  const columns = useMemo(() => columnsOf(turns, 1), [turns]);
  const [active, setActive] = useState(current);
  return (
    <div className="turns__table" style={{ height: Math.min(turns.length * ROW + 30, 230) }}>
      <VirtualRows
        label="Turns as a table"
        role="grid"
        control="session.turn"
        count={columns.length}
        rowHeight={ROW}
        active={active}
        testId="turn-table"
        onActive={setActive}
        onOpen={(index) => onTurn(turns[index]!)}
        header={
          <>
            <ColumnHead data-num>Turn</ColumnHead>
            <ColumnHead>Prompt</ColumnHead>
            <ColumnHead>Begun</ColumnHead>
            <ColumnHead data-num>Took</ColumnHead>
            <ColumnHead data-num>Tokens</ColumnHead>
            <ColumnHead data-num>Cache</ColumnHead>
            <ColumnHead data-num>Cost</ColumnHead>
            <ColumnHead data-num>Context</ColumnHead>
            <ColumnHead>Model</ColumnHead>
            <ColumnHead>What happened</ColumnHead>
          </>
        }
        renderRow={(index) => {
          const column = columns[index]!;
          const turn = turns[index]!;
          const { context } = turn;
          const spent = tokenSum(column.tokens);
          return (
            <>
              <Cell className="num">{whole(index + 1)}</Cell>
              <Cell>{turn.prompt === undefined ? <span className="dim">{UNKNOWN}</span> : safeText(clip(turn.prompt, 120))}</Cell>
              <Cell className="num-left">{turn.started_at === undefined ? UNKNOWN : formatMoment(Date.parse(turn.started_at), nowMs)}</Cell>
              <Cell className="num">{durationText(column, nowMs)}</Cell>
              <Cell className="num" title={turn.requests === 0 ? "No source has told the tokens" : whole(spent)}>
                {turn.requests === 0 ? UNKNOWN : formatCount(spent)}
              </Cell>
              <Cell className="num">{column.hit_rate === undefined ? UNKNOWN : formatPercent(column.hit_rate, 1)}</Cell>
              <Cell className="num" title={costTitle(turn.cost)}>
                {costText(turn.cost)}
              </Cell>
              <Cell className="num" title={context === undefined ? "No request of it is known" : whole(context.tokens)}>
                {context === undefined
                  ? UNKNOWN
                  : context.window === undefined
                    ? formatCount(context.tokens)
                    : formatPercent(context.tokens, context.window)}
              </Cell>
              <Cell className="mono">
                {turn.models.length === 0 ? UNKNOWN : null}
                {turn.models.map((model) => (
                  <span key={model} className="turns__model">
                    <i style={{ background: `var(--family-${familyColour(model)})` }} />
                    {formatModel(model)}
                  </span>
                ))}
              </Cell>
              <Cell>{marksOf(column).join(", ")}</Cell>
            </>
          );
        }}
      />
    </div>
  );
}
