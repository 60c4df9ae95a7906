import { useSelected } from "./app-context.ts";
import type { Snapshot } from "./store.ts";
import { useRested } from "./use-rested.ts";

/** Between two questions to the daemon while the strip is dragged or played. */
const REST_MS = 300;
const pastOf = ({ past }: Snapshot): number | undefined => past?.atMs;

/** The past moment for screens that ask the daemon: RFC 3339, exact once it rests; undefined for the present. */
export function usePast(): string | undefined {
  const atMs = useRested(useSelected(pastOf), REST_MS);
  return atMs === undefined ? undefined : new Date(atMs).toISOString();
}
