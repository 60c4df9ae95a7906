import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 100;

interface Catalog {
  readonly lag: number;
  readonly bytes: number;
}

/** Resolves when the catalog of the daemon at `url` holds all that its log does, with what it says of itself then. */
export async function catalogued(url: string): Promise<Catalog> {
  for (;;) {
    const catalog = (await (await fetch(`${url}/api/catalog`)).json()) as Catalog;
    if (catalog.lag === 0) return catalog;
    await sleep(POLL_MS);
  }
}
