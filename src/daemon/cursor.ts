import { OrreryError } from "../contract/errors.ts";

/** An opaque keyset cursor: where the next page begins. */
export function encodeCursor(key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

/**
 * What a cursor says; undefined for none.
 * @throws OrreryError BAD_INPUT for one that this daemon did not give
 */
export function decodeCursor(cursor: string | undefined): readonly (string | number)[] | undefined {
  if (cursor === undefined) return undefined;
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    if (Array.isArray(key) && key.every((part) => typeof part === "string" || typeof part === "number")) return key;
  } catch (cause) {
    throw new OrreryError("BAD_INPUT", { problems: [{ field: "cursor", message: "is not one that this daemon gave" }] }, { cause });
  }
  throw new OrreryError("BAD_INPUT", { problems: [{ field: "cursor", message: "is not one that this daemon gave" }] });
}

/**
 * One page of rows that are sorted by `key`, starting after the cursor. The cursor also says how many rows lay before it: where its row is
 * gone meanwhile, the list goes on from that place.
 */
export function pageOf<T>(
  rows: readonly T[],
  options: { readonly limit: number; readonly cursor?: string | undefined; readonly key: (row: T) => readonly (string | number)[] },
): { items: T[]; next_cursor?: string } {
  const start = startOf(rows, options);
  const items = rows.slice(start, start + options.limit);
  const isLast = start + options.limit >= rows.length;
  if (isLast || items.length === 0) return { items };
  return { items, next_cursor: encodeCursor([...options.key(items.at(-1)!), start + items.length - 1]) };
}

function startOf<T>(
  rows: readonly T[],
  { cursor, key }: { readonly cursor?: string | undefined; readonly key: (row: T) => readonly (string | number)[] },
): number {
  const after = decodeCursor(cursor);
  if (after === undefined) return 0;
  const place = after.at(-1);
  const known = JSON.stringify(after.slice(0, -1));
  const index = rows.findIndex((row) => JSON.stringify(key(row)) === known);
  if (index >= 0) return index + 1;
  return typeof place === "number" ? Math.min(Math.max(0, place), rows.length) : 0;
}
