import { whole } from "../../ui/format.ts";
import type { OutputFor } from "../../../../src/contract/operations/index.ts";

export type SearchAnswer = OutputFor<"search.query">;
type Item = SearchAnswer["items"][number];
/** Something that agents said or did. */
export type Hit = Exclude<Item, { kind: "operation" }>;
/** Something that can be asked of Orrery. */
export type OperationHit = Extract<Item, { kind: "operation" }>;

export const isHit = (item: Item): item is Hit => item.kind !== "operation";
export const isOperation = (item: Item): item is OperationHit => item.kind === "operation";

/** In the order in which they are shown. */
export const kindWords = {
  error: "Errors",
  call: "Calls",
  message: "Messages",
  file: "Files",
  session: "Sessions",
  operation: "Operations",
} as const satisfies Record<Item["kind"], string>;

/** How many are shown of how many there are; `+` where only the newest are counted. */
export function countWords(shown: number, total: number | undefined, isPart: boolean): string {
  const all = `${whole(Math.max(shown, total ?? 0))}${isPart ? "+" : ""}`;
  return total === undefined || total <= shown ? all : `${whole(shown)} of ${all}`;
}

/** Where a hit is looked at. */
export function placeOf(hit: Hit) {
  const params = { sessionId: hit.session_id };
  if (hit.kind === "file")
    return { to: "/traces" as const, search: { session: hit.session_id, table: true, q: `"${hit.id.slice(0, 180)}"` } };
  if (hit.kind === "session") return { to: "/sessions/$sessionId" as const, params };
  if (hit.id.startsWith("call_")) return { to: "/sessions/$sessionId" as const, params, search: { call: hit.id } };
  return { to: "/sessions/$sessionId" as const, params, search: { near: hit.at } };
}

/** A text in parts, in turn outside a match and within one. */
export function markedParts(
  text: string,
  marks: readonly (readonly [number, number])[],
): readonly { readonly words: string; readonly isMark: boolean }[] {
  const parts: { words: string; isMark: boolean }[] = [];
  let at = 0;
  for (const [from, to] of marks.toSorted((a, b) => a[0] - b[0])) {
    if (from < at || to <= from || to > text.length) continue;
    if (from > at) parts.push({ words: text.slice(at, from), isMark: false });
    parts.push({ words: text.slice(from, to), isMark: true });
    at = to;
  }
  if (at < text.length) parts.push({ words: text.slice(at), isMark: false });
  return parts;
}
