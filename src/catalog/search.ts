import type { DatabaseSync } from "node:sqlite";
import type { InputFor, OutputFor } from "../contract/operations/index.ts";
import type { FoundKind } from "../contract/operations/catalog.ts";
import { createNewest } from "./newest.ts";
import { anyOf, createFilters, searchKinds } from "./search-filters.ts";

type Answer = OutputFor<"search.query">;
type Found = Omit<Answer, "indexed_to" | "lag" | "items"> & { readonly items: Exclude<Answer["items"][number], { kind: "operation" }>[] };

/** Newest matches that are ranked: a word that is everywhere has millions. */
const CANDIDATES = 400;
/** Newest matches that are counted by kind. */
const COUNTED = 5_000;
const SNIPPET_CHARS = 180;
const USUAL_CHARS = 1_000;
/** More occurrences of a word in one document make no difference. */
const TIMES = 20;
const DAY_MS = 24 * 60 * 60_000;

export function createSearch(db: DatabaseSync): (input: InputFor<"search.query">, offset: number) => Found {
  const filters = createFilters(db);
  const newest = createNewest(db);
  const counts = db.prepare("SELECT kind, count(*) AS n FROM docs WHERE no IN (SELECT value FROM json_each(?)) GROUP BY kind");
  const read = db.prepare(
    "SELECT docs.no, docs.kind, docs.id, docs.agent, docs.at, docs.seq, docs.title, docs.body, sessions.session_id " +
      "FROM docs JOIN sessions ON sessions.no = docs.session WHERE docs.no IN (SELECT value FROM json_each(?))",
  );

  /** How much of each kind there is among the newest matches. */
  function totalsOf(numbers: readonly number[]): Pick<Found, "totals" | "newest_matches"> {
    const found = counts.all(JSON.stringify(numbers)) as { kind: FoundKind; n: number }[];
    return {
      totals: Object.fromEntries(searchKinds.map((kind) => [kind, found.find((each) => each.kind === kind)?.n ?? 0])) as Found["totals"],
      ...(numbers.length < COUNTED ? {} : { newest_matches: COUNTED }),
    };
  }

  return (input, offset) => {
    const query = parseQuery(input.q);
    const tags = filters.tagsOf(input);
    if (tags === undefined) return { items: [], did_you_mean: filters.meantBy(input) };
    if (query === undefined) return { items: [] };
    const kinds = searchKinds.filter((kind) => input.kinds?.includes(kind));
    const matchOf = (more: readonly string[]): string =>
      [`({title body} : (${query.match}))`, ...tags, ...more].join(" AND ") +
      query.without.map((term) => ` NOT ({title body} : ${term})`).join("");
    const range = {
      since: input.since === undefined ? 0 : Date.parse(input.since),
      until: input.until === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(input.until),
    };
    const isCounted = offset === 0;
    const ofAnyKind = isCounted || kinds.length === 0 ? newest(matchOf([]), range, isCounted ? COUNTED : offset + CANDIDATES) : [];
    const wanted = kinds.length === 0 ? ofAnyKind : newest(matchOf([anyOf(kinds.map((kind) => `k${kind}`))]), range, offset + CANDIDATES);
    const rows = read.all(JSON.stringify(wanted.slice(0, offset + CANDIDATES))) as unknown as Row[];
    const latest = rows.reduce((most, { at }) => Math.max(most, at), 0);
    const ranked = rows
      // Of equal matches, one of today counts twice as much as an old one.
      .map((row) => ({ row, rank: closeness(row, query.terms) * (1 + 1 / (1 + (latest - row.at) / (7 * DAY_MS))) }))
      .toSorted((a, b) => b.rank - a.rank || b.row.at - a.row.at || b.row.no - a.row.no)
      .slice(offset, offset + input.limit)
      .map(({ row }) => toItem(row, query.terms));
    return { items: ranked, ...(isCounted ? totalsOf(ofAnyKind) : {}) };
  };
}

interface Row {
  readonly no: number;
  readonly kind: FoundKind;
  readonly id: string;
  readonly agent: string | null;
  readonly at: number;
  readonly seq: number;
  readonly title: string;
  readonly body: string;
  readonly session_id: string;
}

/**
 * How much of a document is about the terms: often in few words is more than once in many, and a title counts more than a text. The index's own
 * measure walks over every match of every term in the whole catalog (23 ms of 24 at 400,000 documents).
 */
function closeness({ title, body }: Row, terms: readonly string[]): number {
  const [head, text] = [title.toLowerCase(), body.toLowerCase()];
  return terms.reduce((sum, term) => {
    const times = text.split(term, TIMES).length - 1;
    return sum + (head.includes(term) ? 2 : 0) + times / (times + 0.5 + text.length / USUAL_CHARS);
  }, 0);
}

function toItem(row: Row, terms: readonly string[]): Found["items"][number] {
  const { snippet, marks } = snippetOf(row.body === "" ? row.title : row.body, terms);
  return {
    kind: row.kind,
    id: row.id,
    session_id: row.session_id,
    ...(row.agent === null ? {} : { agent_id: row.agent }),
    title: row.title.slice(0, 200),
    at: new Date(row.at).toISOString(),
    seq: row.seq,
    snippet,
    marks,
  };
}

/** What was typed, as the index is asked for it. */
export interface Query {
  /** The wanted terms, in the index's own language, everything quoted. */
  readonly match: string;
  readonly without: readonly string[];
  /** What to mark in a snippet, lower case. */
  readonly terms: readonly string[];
}

/** Reads what a person typed. Nothing of it reaches the index unquoted, so no text is an error; undefined when nothing is asked for. */
export function parseQuery(text: string): Query | undefined {
  const wanted: string[] = [];
  const without: string[] = [];
  const terms: string[] = [];
  for (const [, minus, phrase, word] of text.matchAll(/(-?)(?:"([^"]*)"?|([^\s"]+))/g)) {
    const isPrefix = word?.endsWith("*") === true;
    const plain = (phrase ?? word ?? "").replaceAll(/[^\p{L}\p{N}_]+/gu, " ").trim();
    if (plain === "") continue;
    const term = `"${plain}"${isPrefix ? " *" : ""}`;
    if (minus === "-") without.push(term);
    else {
      wanted.push(term);
      terms.push(...(phrase === undefined ? plain.split(" ") : [plain]).map((each) => each.toLowerCase()));
    }
  }
  return wanted.length === 0 ? undefined : { match: wanted.join(" AND "), without, terms };
}

/** The stretch with the first match in the middle, and where in it the matches are. */
export function snippetOf(text: string, terms: readonly string[]): { snippet: string; marks: [number, number][] } {
  const flat = text.replaceAll(/\s+/g, " ");
  const lower = flat.toLowerCase();
  // Where lower case has another length, places in it are not places in the text.
  const places = lower.length === flat.length ? terms.map((term) => lower.indexOf(term)).filter((at) => at >= 0) : [];
  const first = places.length === 0 ? 0 : Math.min(...places);
  const from = Math.max(0, Math.min(first - SNIPPET_CHARS / 3, flat.length - SNIPPET_CHARS));
  const start = from === 0 ? 0 : flat.indexOf(" ", from) + 1 || from;
  const cut = flat
    .slice(start > first ? from : start)
    .slice(0, SNIPPET_CHARS)
    .toWellFormed();
  const snippet = `${start === 0 ? "" : "…"}${cut}${start + cut.length < flat.length ? "…" : ""}`;
  const small = snippet.toLowerCase();
  const marks: [number, number][] = [];
  if (small.length === snippet.length)
    for (const term of terms)
      for (let at = small.indexOf(term); at >= 0 && marks.length < 50; at = small.indexOf(term, at + term.length))
        marks.push([at, at + term.length]);
  return { snippet, marks: merged(marks) };
}

function merged(marks: [number, number][]): [number, number][] {
  const result: [number, number][] = [];
  for (const [from, to] of marks.toSorted((a, b) => a[0] - b[0] || b[1] - a[1])) {
    const last = result.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else result.push([from, to]);
  }
  return result;
}
