import { useEffect, useEffectEvent, useState, type RefObject } from "react";
import type { VirtuosoHandle } from "react-virtuoso";
import type { Row } from "./conversation.ts";
import { rowOfTurn, type TurnGoal } from "./turn-rows.ts";

/** A row of the conversation, its beginning, or that of a turn, that may not have been read yet. */
export type Goal = ({ readonly kind: "turn" } & TurnGoal) | { readonly kind: "row"; readonly key: string } | { readonly kind: "start" };

/** Events that are read at a time on the way to a goal: each step draws the conversation anew, and nobody reads what lies between. */
const STRIDE = 10_000;
/** Frames in a row that the goal must have been on the screen for, and frames after which it is left where it is. */
const STEADY = 4;
const TRIES = 60;

/** Scrolls to a goal, reading earlier events until it is there. `state` says that it is on its way, or is nowhere in the conversation. */
export function useSeek({
  rows,
  older,
  onOlder,
  list,
  box,
  linked,
}: {
  rows: readonly Row[];
  older: string;
  onOlder: (enough: number) => void;
  list: RefObject<VirtuosoHandle | null>;
  /** Holds the list. */
  box: RefObject<HTMLElement | null>;
  /** What the address names, anew for each wish to go there: the key of a row, `turn <id>` or `request <id>`. */
  linked: { readonly key: string } | undefined;
}): { readonly seek: (goal: Goal) => void; readonly state: "reading" | "missing" | undefined; readonly dismiss: () => void } {
  const [known, setKnown] = useState<{ readonly key: string }>();
  const [goal, setGoal] = useState<Goal>();
  if (linked !== known) {
    setKnown(linked);
    setGoal(linked === undefined ? undefined : { kind: "row", key: linked.key });
  }
  const index = goal === undefined ? -1 : indexOf(goal, rows, older === "none");
  const isMissing = goal !== undefined && index < 0 && older === "none";
  const isWanting = goal !== undefined && index < 0 && older === "some";
  const readOlder = useEffectEvent(onOlder);
  useEffect(() => {
    if (isWanting) readOlder(STRIDE);
    // After each page anew, until it is there.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [isWanting, rows]);
  const key = rows[index]?.key;
  useEffect(() => {
    if (goal === undefined || index < 0 || key === undefined) return undefined;
    let frame = 0;
    let left = TRIES;
    let seen = 0;
    // Rows that were put in front a moment ago are measured first, which may move the list once more.
    const look = () => {
      seen = isShown(box.current, key) ? seen + 1 : 0;
      if (seen === STEADY || left-- === 0) setGoal(undefined);
      else {
        if (seen === 0) list.current?.scrollToIndex({ index, align: goal.kind === "row" ? "center" : "start" });
        frame = requestAnimationFrame(look);
      }
    };
    frame = requestAnimationFrame(() => {
      list.current?.scrollToIndex({ index, align: goal.kind === "row" ? "center" : "start" });
      frame = requestAnimationFrame(look);
    });
    return () => cancelAnimationFrame(frame);
  }, [goal, index, key, list, box]);
  return {
    seek: setGoal,
    state: goal === undefined ? undefined : isMissing ? "missing" : "reading",
    dismiss: () => setGoal(undefined),
  };
}

/** The row of a goal; -1 where it may lie before what has been read. `isWhole`: nothing lies before. */
function indexOf(goal: Goal, rows: readonly Row[], isWhole: boolean): number {
  if (goal.kind === "start") return isWhole ? 0 : -1;
  if (goal.kind === "row")
    return rows.findIndex(goal.key.startsWith("request ") ? (row) => isOf(row, goal.key.slice(8)) : ({ key }) => key === goal.key);
  return rowOfTurn(rows, goal, isWhole);
}

function isShown(box: HTMLElement | null, key: string): boolean {
  const row = box?.querySelector(`[data-row="${CSS.escape(key)}"]`);
  if (box === null || row === undefined || row === null) return false;
  const [outer, inner] = [box.getBoundingClientRect(), row.getBoundingClientRect()];
  return inner.bottom > outer.top && inner.top < outer.bottom;
}

/** Whether a row was told in the answer to a model request. */
function isOf(row: Row, request: string): boolean {
  return row.kind === "message" ? row.message.request_id === request : row.kind === "call" && row.call.request_id === request;
}
