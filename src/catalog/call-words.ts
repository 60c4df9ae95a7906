import type { DatabaseSync } from "node:sqlite";
import { parseQuery } from "./search.ts";

/** Matches that are gathered at once; with more, a list looks at its calls one by one and counts are of the newest. */
export const GATHERED = 50_000;

export interface CallWords {
  /** In the language of the index; undefined when no word is asked for. */
  matchOf(text: string): string | undefined;
  /** Gathers the newest matches in `temp.matching`; true when those are all. */
  gather(match: string): boolean;
  /** Those of some documents that have the words. */
  among(match: string, documents: readonly number[]): ReadonlySet<number>;
  /** The ids of a session's calls that have the words. */
  within(match: string, session: number): string[];
}

/** Calls by the words in their title, input, output and error. */
export function createCallWords(db: DatabaseSync, gathered: number): CallWords {
  db.exec("CREATE TEMP TABLE IF NOT EXISTS matching (no INTEGER PRIMARY KEY)");
  const readCursor = db.prepare("SELECT value FROM meta WHERE key = 'cursor'");
  const clear = db.prepare("DELETE FROM temp.matching");
  const fill = db.prepare(`INSERT INTO temp.matching SELECT calls.no FROM words JOIN docs ON docs.no = words.rowid
    JOIN calls ON calls.session = docs.session AND calls.call_id = docs.id WHERE words MATCH ? ORDER BY words.rowid DESC LIMIT ?`);
  // Neighbours in a list are near each other in the index too, and a walk over a stretch of it costs a hundredth of as many single looks.
  const stretch = db.prepare(
    "SELECT rowid AS no FROM words WHERE words MATCH ? AND rowid BETWEEN ? AND ? AND +rowid IN (SELECT value FROM json_each(?))",
  );
  const ofSession = db.prepare("SELECT docs.id FROM words JOIN docs ON docs.no = words.rowid WHERE words MATCH ? LIMIT ?");
  /** What is gathered: a list and its counts ask for the same. */
  let held: { readonly key: string; readonly isAll: boolean } | undefined;

  return {
    matchOf(text) {
      const query = parseQuery(text);
      if (query === undefined) return undefined;
      const without = query.without.map((term) => ` NOT ({title body} : ${term})`).join("");
      return `({title body} : (${query.match})) AND tags : "kcall"${without}`;
    },
    within(match, session) {
      const rows = ofSession.all(`tags : "s${session}" AND ${match}`, gathered) as { id: string }[];
      return rows.map(({ id }) => id);
    },
    gather(match) {
      const cursor = readCursor.get() as { value: string } | undefined;
      const key = `${cursor?.value ?? ""} ${match}`;
      if (held?.key !== key) {
        held = undefined;
        clear.run();
        const { changes } = fill.run(match, gathered);
        held = { key, isAll: Number(changes) < gathered };
      }
      return held.isAll;
    },
    among(match, documents) {
      if (documents.length === 0) return new Set();
      // A number of JavaScript is bound as a real one, and the index takes a real row id for any.
      const [least, most] = [Math.min(...documents), Math.max(...documents)].map(BigInt);
      const rows = stretch.all(match, least!, most!, JSON.stringify(documents)) as { no: number }[];
      return new Set(rows.map(({ no }) => no));
    },
  };
}
