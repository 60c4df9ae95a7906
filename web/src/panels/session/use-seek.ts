import { useEffect, useEffectEvent, useState, type RefObject } from "react";
import type { VirtuosoHandle } from "react-virtuoso";
import type { Row } from "./conversation.ts";
import { rowOfTurn, type TurnGoal } from "./turn-rows.ts";

/** A row of the conversation, its beginning, or that of a turn, that may not have been read yet. */
export type Goal = ({ readonly kind: "turn" } & TurnGoal) | { readonly kind: "row"; readonly key: string } | { readonly kind: "start" };

/** Events that are read at a time on the way to a goal: each step draws the conversation anew, and nobody reads what lies between. */
const STRIDE = 10_000;

/** Scrolls to a goal, reading earlier events until it is there. `state` says that it is on its way, or is nowhere in the conversation. */
export function useSeek({
  rows,
  older,
  onOlder,
  list,
  linked,
}: {
  rows: readonly Row[];
  older: string;
  onOlder: (enough: number) => void;
  list: RefObject<VirtuosoHandle | null>;
  /** The row that the address names. */
  linked: string | undefined;
}): { readonly seek: (goal: Goal) => void; readonly state: "reading" | "missing" | undefined; readonly dismiss: () => void } {
  const [known, setKnown] = useState<string>();
  const [goal, setGoal] = useState<Goal>();
  if (linked !== known) {
    setKnown(linked);
    setGoal(linked === undefined ? undefined : { kind: "row", key: linked });
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
  useEffect(() => {
    if (goal === undefined || index < 0) return undefined;
    // Rows that were put in front a moment ago are placed first.
    const frame = requestAnimationFrame(() => {
      list.current?.scrollToIndex({ index, align: goal.kind === "row" ? "center" : "start" });
      setGoal(undefined);
    });
    return () => cancelAnimationFrame(frame);
  }, [goal, index, list]);
  return {
    seek: setGoal,
    state: goal === undefined ? undefined : isMissing ? "missing" : "reading",
    dismiss: () => setGoal(undefined),
  };
}

/** The row of a goal; -1 where it may lie before what has been read. `isWhole`: nothing lies before. */
function indexOf(goal: Goal, rows: readonly Row[], isWhole: boolean): number {
  if (goal.kind === "start") return isWhole ? 0 : -1;
  return goal.kind === "row" ? rows.findIndex(({ key }) => key === goal.key) : rowOfTurn(rows, goal, isWhole);
}
