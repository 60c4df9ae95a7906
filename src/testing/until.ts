// Waiting in tests.

const LIMIT_MS = 120_000;
const EVERY_MS = 10;

/**
 * Asks again and again until `check` gives something that is neither `undefined` nor `false`, and gives that back. The limit only ends a test that would
 * never end: it is far beyond what a busy machine needs.
 * @throws after two minutes, with what was waited for
 */
export async function until<T>(what: string, check: () => Promise<T | undefined | false> | T | undefined | false): Promise<T> {
  const end = performance.now() + LIMIT_MS;
  for (;;) {
    const value = await check();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > end) throw new Error(`did not happen within ${LIMIT_MS / 1_000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}
