import { useEffect, useEffectEvent, useState } from "react";
import type { Row } from "./row.ts";
import type { Held } from "./hold.ts";
import { rowOfTurn, type TurnGoal } from "./turn-rows.ts";

/** A row of the conversation, its beginning, that of a turn, or what was told first from a moment on; it may not have been read yet. */
export type Goal =
  | ({ readonly kind: "turn" } & TurnGoal)
  | { readonly kind: "row"; readonly key: string }
  | { readonly kind: "moment"; readonly at: string }
  | { readonly kind: "start" };

/** Events that are read at a time on the way to a goal: each step draws the conversation anew, and nobody reads what lies between. */
const STRIDE = 10_000;

/** Reads earlier events until a goal is there, and has the list hold it. `state` says that it is on its way, or is nowhere in the conversation. */
export function useSeek({
  rows,
  older,
  onOlder,
  hold,
  linked,
}: {
  rows: readonly Row[];
  older: string;
  onOlder: (enough: number) => void;
  hold: (what: Held) => void;
  /** What the address names, anew for each wish to go there. The key of a row may also be `turn <id>` or `request <id>`. */
  linked: Goal | undefined;
}): { readonly seek: (goal: Goal) => void; readonly state: "reading" | "missing" | undefined; readonly dismiss: () => void } {
  const [known, setKnown] = useState<Goal>();
  const [goal, setGoal] = useState<Goal>();
  const [found, setFound] = useState<Held>();
  if (linked !== known) {
    setKnown(linked);
    setGoal(linked);
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
  if (goal !== undefined && key !== undefined) {
    setGoal(undefined);
    setFound(goal.kind === "start" ? { kind: "start" } : { kind: "row", key, align: goal.kind === "turn" ? "start" : "center" });
  }
  useEffect(() => {
    if (found !== undefined) hold(found);
  }, [found, hold]);
  return {
    seek: setGoal,
    state: goal === undefined ? undefined : isMissing ? "missing" : "reading",
    dismiss: () => setGoal(undefined),
  };
}

/** The row of a goal; -1 where it may lie before what has been read. `isWhole`: nothing lies before. */
function indexOf(goal: Goal, rows: readonly Row[], isWhole: boolean): number {
  if (goal.kind === "start") return isWhole ? 0 : -1;
  if (goal.kind === "moment") return isWhole || (rows[0] !== undefined && rows[0].at < goal.at) ? rowAt(rows, goal.at) : -1;
  if (goal.kind === "row")
    return rows.findIndex(goal.key.startsWith("request ") ? (row) => isOf(row, goal.key.slice(8)) : ({ key }) => key === goal.key);
  return rowOfTurn(rows, goal, isWhole);
}

function rowAt(rows: readonly Row[], moment: string): number {
  const first = rows.findIndex(({ at }) => at >= moment);
  return first < 0 ? rows.length - 1 : first;
}

/** Whether a row was told in the answer to a model request. */
function isOf(row: Row, request: string): boolean {
  return row.kind === "message" ? row.message.request_id === request : row.kind === "call" && row.call.request_id === request;
}
