import type { MpmEvent } from "./events.ts";

/** Python clients close at 1 MiB, counted in bytes. */
export const MAX_FRAME_BYTES = 900 * 1024;
/** Longest text and longest list, tried until it fits: of 500 todos with three texts each, the last always does. */
const shorter: readonly number[] = [50_000, 10_000, 2_000, 200, 60];
const MAX_LIST = 500;

/** An event as it is sent: one that is too large for a frame with its longest texts cut, which say so. */
export function frameText(event: MpmEvent): string {
  let text = JSON.stringify(event);
  for (const max of shorter) {
    if (Buffer.byteLength(text) <= MAX_FRAME_BYTES) break;
    text = JSON.stringify({ ...event, data: cutAll(event.data, max) });
  }
  return text;
}

export function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max)} … (${text.length - max} more characters)`;
}

function cutAll(value: unknown, max: number): unknown {
  if (typeof value === "string") return cut(value, max);
  if (Array.isArray(value)) return value.slice(0, MAX_LIST).map((each) => cutAll(each, max));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, cutAll(each, max)]));
}
