import { isBodyRef } from "../contract/text.ts";
import type { EventLog } from "../log/log.ts";

const MAX_DEPTH = 100;

/** The same value with its long texts in their places again, as far as they are still kept. */
export function inFull(value: unknown, log: Pick<EventLog, "body">, depth = 0): unknown {
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return value;
  if (isBodyRef(value)) return log.body(value.body.sha256) ?? value;
  if (Array.isArray(value)) return value.map((item: unknown) => inFull(item, log, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, inFull(field, log, depth + 1)]));
}
