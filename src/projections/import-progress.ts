import type { Import } from "../contract/operations/imports.ts";

/** An import as it was seen at some time. */
export interface SeenImport {
  readonly atMs: number;
  readonly bytes_read: number;
}

/** From 0 to 1; undefined while it is not known how much there is. */
export function importShare({ bytes, bytes_read }: Pick<Import, "bytes" | "bytes_read">): number | undefined {
  return bytes === 0 ? undefined : bytes_read / bytes;
}

/** How long it takes at the speed since it was first seen; undefined until that says something. */
export function importLeftMs(
  { bytes, bytes_read }: Pick<Import, "bytes" | "bytes_read">,
  first: SeenImport,
  nowMs: number,
): number | undefined {
  const [tookMs, read] = [nowMs - first.atMs, bytes_read - first.bytes_read];
  return tookMs < SOONEST_MS || read <= 0 ? undefined : ((bytes - bytes_read) * tookMs) / read;
}

const SOONEST_MS = 1_000;
