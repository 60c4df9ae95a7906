/** A stretch of time that has begun; without an end it still goes on. */
interface Stretch {
  readonly started_at?: string | undefined;
  readonly ended_at?: string | undefined;
}

interface TimeWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

/** From the first start to the last end; what still goes on reaches to `nowMs`. Undefined when nothing has begun. */
export function windowOf(rows: readonly Stretch[], nowMs: number): TimeWindow | undefined {
  let fromMs = Infinity;
  let toMs = -Infinity;
  for (const { started_at, ended_at } of rows) {
    const start = Date.parse(started_at ?? "");
    if (Number.isNaN(start)) continue;
    const end = ended_at === undefined ? nowMs : Date.parse(ended_at);
    fromMs = Math.min(fromMs, start);
    toMs = Math.max(toMs, start, Number.isNaN(end) ? start : end);
  }
  return fromMs === Infinity ? undefined : { fromMs, toMs: Math.max(toMs, fromMs + 1) };
}

/** Where the bar begins and how wide it is, as shares of the window between 0 and 1. */
export function barOf(row: Stretch, { fromMs, toMs }: TimeWindow, nowMs: number): { left: number; width: number } | undefined {
  const start = Date.parse(row.started_at ?? "");
  if (Number.isNaN(start)) return undefined;
  const end = row.ended_at === undefined ? nowMs : Date.parse(row.ended_at);
  const share = (ms: number): number => Math.min(1, Math.max(0, (ms - fromMs) / (toMs - fromMs)));
  const left = share(start);
  return { left, width: Math.max(0, share(Math.max(start, end)) - left) };
}

interface Ending extends Stretch {
  readonly outcome?: string | undefined;
  readonly duration_ms?: number | undefined;
}

/** The row as it was known at a moment: what had not begun is absent, what ended later still ran. */
export function asOf<T extends Ending>(row: T, atMs: number): T | undefined {
  if (Date.parse(row.started_at ?? "") > atMs) return undefined;
  if (row.ended_at === undefined || Date.parse(row.ended_at) <= atMs) return row;
  return { ...row, ended_at: undefined, outcome: undefined, duration_ms: undefined, state: "running" };
}
