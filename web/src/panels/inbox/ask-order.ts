import type { AskRow } from "../../../../src/contract/operations/asks.ts";
import { byText } from "../../../../src/lib/by-text.ts";

/** A deadline that is nearer than this, counted from when it was asked, cannot wait until the others are answered. */
const SOON_MS = 3_600_000;

/**
 * Open asks in the order in which a person should see to them: what a deadline within the hour decides, the soonest first; then the longest
 * waiting; last what can only be answered where the agent works. Nothing in it depends on the time of looking, so no row moves by itself.
 */
export function inOrder(asks: readonly AskRow[]): AskRow[] {
  return asks.toSorted((a, b) => classOf(a) - classOf(b) || byText(keyOf(a), keyOf(b)) || byText(a.opened_at, b.opened_at));
}

function classOf(ask: AskRow): number {
  if (!ask.is_held) return 2;
  return isSoon(ask) ? 0 : 1;
}

function keyOf(ask: AskRow): string | undefined {
  return ask.is_held && isSoon(ask) ? ask.deadline : ask.opened_at;
}

function isSoon({ opened_at, deadline, on_timeout, escalated_at }: AskRow): boolean {
  if (opened_at === undefined || deadline === undefined || on_timeout === "wait" || escalated_at !== undefined) return false;
  return Date.parse(deadline) - Date.parse(opened_at) <= SOON_MS;
}
