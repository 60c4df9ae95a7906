/** A call, as far as its time tells how it stood. */
interface Ending {
  readonly started_at?: string | undefined;
  readonly ended_at?: string | undefined;
  readonly state: "running" | "ended";
  readonly outcome?: string | undefined;
  readonly duration_ms?: number | undefined;
}

/** The row as it was known at a moment: what had not begun is absent, what ended later still ran. */
export function asOf<T extends Ending>(row: T, atMs: number): T | undefined {
  if (Date.parse(row.started_at ?? "") > atMs) return undefined;
  if (row.ended_at === undefined || Date.parse(row.ended_at) <= atMs) return row;
  return { ...row, ended_at: undefined, outcome: undefined, duration_ms: undefined, state: "running" };
}
