import { isAlike } from "./alike.ts";
import { compareRows, type Row } from "./row.ts";

/** More changes than this at once, and the rows are sorted anew. */
const MANY = 64;

/** The rows of one agent in order, with the lines of its turns between them. What it gave out stays as it was. */
export interface RowList {
  add(row: Row): void;
  take(row: Row): void;
  /** Sets the line of a turn, or takes it away. */
  setLine(key: string, line: Row | undefined): void;
  /** The earliest moment at which a row was added or taken since `rows` was last called. */
  firstTouched(): string | undefined;
  /** The last row before a moment; lines of turns do not count. */
  lastBefore(moment: string): Row | undefined;
  /** The first row from one moment to another for which something holds; lines of turns do not count. */
  firstWithin(from: string, to: string, holds: (row: Row) => boolean): Row | undefined;
  rows(): readonly Row[];
  /** Its messages and calls. */
  size(): number;
}

export function createRowList(): RowList {
  const lines = new Map<string, Row>();
  const own = createSorted((rows, taken, added) => [...rows.filter((row) => !taken.has(row)), ...added].toSorted(compareRows));
  const all = createSorted(() => merge(own.rows(), [...lines.values()].toSorted(compareRows)));
  let first: string | undefined;
  let size = 0;
  const touch = (row: Row, by: 1 | -1): void => {
    if (first === undefined || row.at < first) first = row.at;
    if (row.kind === "message" || row.kind === "call") size += by;
  };
  const setLine = (key: string, line: Row | undefined): void => {
    const before = lines.get(key);
    if (before !== undefined && line !== undefined && isAlike(before, line)) return;
    if (before !== undefined) all.take(before);
    lines.delete(key);
    if (line === undefined) return;
    lines.set(key, line);
    all.add(line);
  };
  return {
    add(row) {
      own.add(row);
      all.add(row);
      touch(row, 1);
    },
    take(row) {
      own.take(row);
      all.take(row);
      touch(row, -1);
    },
    setLine,
    firstTouched: () => first,
    lastBefore(moment) {
      const rows = own.rows();
      return rows[placeOf(rows, (row) => row.at < moment) - 1];
    },
    firstWithin(from, to, holds) {
      const rows = own.rows();
      for (let at = placeOf(rows, (row) => row.at < from); at < rows.length && rows[at]!.at <= to; at++)
        if (holds(rows[at]!)) return rows[at];
      return undefined;
    },
    rows() {
      first = undefined;
      return all.rows();
    },
    size: () => size,
  };
}

/** Rows in order. Changes are gathered until the rows are asked for; many at once are made by `anew`. */
function createSorted(anew: (rows: readonly Row[], taken: ReadonlySet<Row>, added: ReadonlySet<Row>) => readonly Row[]): {
  add(row: Row): void;
  take(row: Row): void;
  rows(): readonly Row[];
} {
  let rows: readonly Row[] = [];
  let added = new Set<Row>();
  let taken = new Set<Row>();
  return {
    add: (row) => void added.add(row),
    take: (row) => void (added.delete(row) || taken.add(row)),
    rows() {
      if (added.size + taken.size === 0) return rows;
      if (added.size + taken.size > MANY) rows = anew(rows, taken, added);
      else {
        const next = [...rows];
        for (const row of taken)
          next.splice(
            placeOf(next, (other) => compareRows(other, row) < 0),
            1,
          );
        for (const row of added)
          next.splice(
            placeOf(next, (other) => compareRows(other, row) < 0),
            0,
            row,
          );
        rows = next;
      }
      added = new Set();
      taken = new Set();
      return rows;
    },
  };
}

/** Few rows put among many, both in order. */
function merge(many: readonly Row[], few: readonly Row[]): Row[] {
  const merged: Row[] = [];
  let from = 0;
  for (const row of few) {
    const to = placeOf(many, (other) => compareRows(other, row) < 0);
    for (; from < to; from++) merged.push(many[from]!);
    merged.push(row);
  }
  for (; from < many.length; from++) merged.push(many[from]!);
  return merged;
}

/** The number of rows at the front of which something holds. */
function placeOf(rows: readonly Row[], isBefore: (row: Row) => boolean): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(rows[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}
