import type { Moment } from "../contract/operations/fields.ts";
import type { Point } from "./history.ts";

/** The point that a caller names; without one, the present. */
export function toPoint(moment: Moment | undefined, head: number, upTo?: number): Point {
  if (typeof moment === "string") return { ms: Date.parse(moment), ...(upTo === undefined ? {} : { upTo }) };
  return { seq: moment ?? head };
}
