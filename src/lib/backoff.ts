/**
 * Waiting time before attempt `attempt` (0 = first retry): doubles from `baseMs` to `maxMs`, then `random` in [0, 1)
 * takes away up to half of it so that many clients do not return at once.
 */
export function backoffMs(attempt: number, random: number, baseMs = 1_000, maxMs = 30_000): number {
  const full = Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 30));
  return Math.round(full * (1 - random / 2));
}
