import type { DatabaseSync } from "node:sqlite";

/** Documents that are looked at first, and how much wider each next stretch may be. */
const FIRST = 2_000;
const WIDER = 4;
/** Matches of one stretch that are read before it is cut in half. */
const MOST = 20_000;

interface Range {
  readonly since: number;
  readonly until: number;
}

/**
 * Gives the numbers of the newest documents that match, newest first, at most `limit`.
 *
 * The index walks upwards with leaps, and downwards without: a rare term beside a common one costs the whole list of the common one (60 ms at 2,400,000
 * documents, instead of 0.3). So stretches are read upwards, the newest stretch first, each as wide as the matches so far let one expect.
 */
export function createNewest(db: DatabaseSync): (match: string, range: Range, limit: number) => number[] {
  const last = db.prepare("SELECT coalesce(max(no), 0) AS no FROM docs");
  const anywhen = db.prepare("SELECT rowid AS no FROM words WHERE words MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid LIMIT ?");
  const within = db.prepare(
    "SELECT words.rowid AS no FROM words JOIN docs ON docs.no = words.rowid " +
      "WHERE words MATCH ? AND words.rowid BETWEEN ? AND ? AND docs.at >= ? AND docs.at <= ? ORDER BY words.rowid LIMIT ?",
  );

  return (match, { since, until }, limit) => {
    const isAnywhen = since === 0 && until === Number.MAX_SAFE_INTEGER;
    const read = (from: number, to: number): number[] =>
      ((isAnywhen ? anywhen.all(match, from, to, MOST) : within.all(match, from, to, since, until, MOST)) as { no: number }[]).map(
        ({ no }) => no,
      );
    const found: number[] = [];
    let to = (last.get() as { no: number }).no;
    for (let width = FIRST; to > 0 && found.length < limit;) {
      const from = Math.max(1, to - width + 1);
      const matches = read(from, to);
      if (matches.length === MOST && width > MOST) {
        width = Math.ceil(width / 2);
        continue;
      }
      found.push(...matches.toReversed());
      to = from - 1;
      const wanted = Math.ceil(((limit - found.length) * width * 1.2) / Math.max(1, matches.length));
      width = Math.max(FIRST, Math.min(width * WIDER, wanted));
    }
    return found.slice(0, limit);
  };
}
