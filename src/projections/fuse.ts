/**
 * How several reports of one fact become one. Every field is a register that only climbs: the value with the higher rank stays, and
 * among equal ranks the greater value by canonical text. That makes the merge commutative, associative and idempotent, so any order
 * and any repetition of sources ends in the same state.
 */
export const ways = ["other", "acp", "stream", "hook", "otel", "transcript"] as const;
const certainties = ["inferred", "computed", "reported"] as const;

/** Sources tell one fact at times that differ, but no further than this: a program writes down at once, or soon, what it does. */
export const APART_MS = 120_000;

/** Which way a fact came in: the part of `source` after the slash, up to an `@`. */
export type Way = (typeof ways)[number];
export type Certainty = (typeof certainties)[number];
/** Certainty first, then way: `certainty * 16 + way`; behind the point, by which edition of a table it was read anew. */
export type Rank = number;

export function rankOf(source: string, certainty: Certainty = "reported"): Rank {
  return (certainty === "reported" ? 32 : certainty === "computed" ? 16 : 0) + meaningOf(source).weight;
}

export function wayOf(source: string): Way {
  return meaningOf(source).way;
}

interface Meaning {
  readonly way: Way;
  /** Within one certainty. */
  readonly weight: Rank;
}

/** Sources are few; the answer for each is kept, because this runs several times per event. */
const known = new Map<string, Meaning>();
const KNOWN_LIMIT = 1_000;
const EDITIONS = 1_000;

/** What was read anew by a later table says by which after an `@`, and stands over what an earlier one read of the same record. */
function meaningOf(source: string): Meaning {
  const held = known.get(source);
  if (held !== undefined) return held;
  const [name, edition = "0"] = source.slice(source.lastIndexOf("/") + 1).split("@", 2);
  const way = ways.includes(name as Way) ? (name as Way) : "other";
  const weight = ways.indexOf(way) + (/^\d+$/.test(edition) ? Math.min(Number(edition), EDITIONS - 1) / EDITIONS : 0);
  const meaning = { way, weight };
  if (known.size < KNOWN_LIMIT) known.set(source, meaning);
  return meaning;
}

/** What a rank says, for the mark beside a number. */
export function provenanceOf(rank: Rank): { certainty: Certainty; way: Way } {
  return { certainty: certainties[rank >> 4] ?? "inferred", way: ways[rank & 15] ?? "other" };
}

/** An entity whose fields remember the rank of the report that they hold. */
export interface Fused {
  readonly from: Readonly<Record<string, Rank>>;
}

type Ranks = Fused["from"];

/** The ranks of an entity that nothing was told of yet. */
export const noRanks: Ranks = {};

/**
 * Most entities have heard the same reports in the same order, and so share one object of ranks: from each, the ways to the next ones.
 * Ranks that came from elsewhere, as a checkpoint's do, are copied instead.
 */
const nextRanks = new Map<Ranks, Map<string, Map<Rank, Ranks>>>([[noRanks, new Map()]]);
const NEXT_LIMIT = 10_000;

function withRank(from: Ranks, field: string, rank: Rank): Ranks {
  const next = nextRanks.get(from);
  if (next === undefined) return { ...from, [field]: rank };
  let byRank = next.get(field);
  if (byRank === undefined) next.set(field, (byRank = new Map()));
  const held = byRank.get(rank);
  if (held !== undefined) return held;
  const made = { ...from, [field]: rank };
  if (nextRanks.size >= NEXT_LIMIT) return made;
  nextRanks.set(made, new Map());
  byRank.set(rank, made);
  return made;
}

/** Lifts `patch` into `entity`, field by field. Returns the same object when nothing climbed. */
export function fuse<E extends Fused>(entity: E, patch: Partial<Omit<E, "from">>, rank: Rank): E {
  let after: { from: Ranks; [field: string]: unknown } | undefined;
  for (const key in patch) {
    const value = patch[key as keyof typeof patch];
    if (value === undefined) continue;
    const current = (entity as Record<string, unknown>)[key];
    const held = entity.from[key] ?? -1;
    if (current !== undefined && (rank < held || (rank === held && !isGreater(value, current)))) continue;
    after ??= { ...(entity as Fused) };
    after[key] = value;
    if (rank !== held) after.from = withRank(after.from, key, rank);
  }
  return after === undefined ? entity : (after as unknown as E);
}

/** An entity some of whose fields change over time: the latest report stands. `as_of` holds each field's time. */
export interface Dated {
  readonly as_of: Readonly<Record<string, string>>;
}

/** Sets the fields of `patch` that are newer than what `entity` holds. Returns the same object when none is. */
export function refresh<E extends Dated>(entity: E, patch: Partial<Omit<E, "as_of">>, at: string): E {
  let fields: Record<string, unknown> | undefined;
  let asOf: Record<string, string> | undefined;
  for (const key in patch) {
    const value = patch[key as keyof typeof patch];
    if (value === undefined) continue;
    const current = (entity as Record<string, unknown>)[key];
    const held = entity.as_of[key] ?? "";
    if (current !== undefined && (at < held || (at === held && !isGreater(value, current)))) continue;
    (fields ??= {})[key] = value;
    (asOf ??= { ...entity.as_of })[key] = at;
  }
  return fields === undefined ? entity : { ...entity, ...fields, as_of: asOf };
}

export function earlier(a: string | undefined, b: string): string {
  return a === undefined || b < a ? b : a;
}

export function later(a: string | undefined, b: string): string {
  return a === undefined || b > a ? b : a;
}

function isGreater(a: unknown, b: unknown): boolean {
  if (a === b) return false;
  return canonical(a) > canonical(b);
}

/** JSON with sorted keys: equal values have equal text. */
export function canonical(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "";
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  return `{${entries
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`)
    .join(",")}}`;
}
