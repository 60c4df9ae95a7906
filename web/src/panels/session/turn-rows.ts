import type { Row } from "./row.ts";

export interface TurnGoal {
  readonly id: string;
  readonly started_at: string | undefined;
}

/** Sources disagree by so much about when a turn begins. */
const APART_MS = 1_500;

/** The index of a turn's first row; -1 where it may lie before what has been read. `isWhole`: nothing lies before. */
export function rowOfTurn(rows: readonly Row[], { id, started_at }: TurnGoal, isWhole: boolean): number {
  const end = rows.findIndex((row) => row.kind === "turn" && row.turn.turn_id === id);
  const before = end < 0 ? -1 : rows.findLastIndex((row, index) => index < end && row.kind === "turn" && row.depth === rows[end]!.depth);
  if (before >= 0) return before + 1;
  if (started_at !== undefined) {
    const from = new Date(Date.parse(started_at) - APART_MS).toISOString();
    if (isWhole || (rows[0] !== undefined && rows[0].at < from)) return rows.findIndex(({ at }) => at >= from);
  }
  return isWhole && end >= 0 ? 0 : -1;
}

/** The turn that the row of a key lies in: the one whose line comes next. */
export function turnOfRow(rows: readonly Row[], key: string | undefined): string | undefined {
  let turns = turnsOf.get(rows);
  if (turns === undefined) {
    turns = new Map();
    let turn: string | undefined;
    for (const row of rows.toReversed()) {
      if (row.kind === "turn" && row.depth === 0) turn = row.turn.turn_id;
      turns.set(row.key, turn);
    }
    turnsOf.set(rows, turns);
  }
  return key === undefined ? undefined : turns.get(key);
}

/** Asked for on every frame of scrolling. */
const turnsOf = new WeakMap<readonly Row[], Map<string, string | undefined>>();
