import { OrreryError } from "../contract/errors.ts";

/** An opaque keyset cursor: where the next page begins. */
export function encodeCursor(key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

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

/** One page of rows that are sorted by `key`, starting after the cursor. */
export function pageOf<T>(
  rows: readonly T[],
  options: { readonly limit: number; readonly cursor?: string | undefined; readonly key: (row: T) => readonly (string | number)[] },
): { items: T[]; next_cursor?: string } {
  const after = decodeCursor(options.cursor);
  const start = after === undefined ? 0 : rows.findIndex((row) => JSON.stringify(options.key(row)) === JSON.stringify(after)) + 1;
  const items = rows.slice(start, start + options.limit);
  const isLast = start + options.limit >= rows.length;
  return isLast || items.length === 0 ? { items } : { items, next_cursor: encodeCursor(options.key(items.at(-1)!)) };
}
