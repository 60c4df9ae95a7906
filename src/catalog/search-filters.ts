import type { DatabaseSync } from "node:sqlite";
import type { FoundKind } from "../contract/operations/catalog.ts";
import type { InputFor, OutputFor } from "../contract/operations/index.ts";
import { nearest } from "../lib/nearest.ts";

type Input = InputFor<"search.query">;
type Meant = NonNullable<OutputFor<"search.query">["did_you_mean"]>;

/** Names that are compared with a name that nothing has: the newest sessions, and any that many more share. */
const COMPARED = 5_000;
/** Sessions of one title, or agents of one name. */
const SAME = 200;
export const searchKinds: readonly FoundKind[] = ["message", "call", "error", "file", "session"];

export interface Filters {
  /** Terms over the tags of documents, but for kinds; undefined where a filter names nothing known. */
  tagsOf(input: Input): string[] | undefined;
  /** The nearest names for each filter that names nothing known. */
  meantBy(input: Input): Meant;
}

/** Filters of a search, as terms of the index over the words. */
export function createFilters(db: DatabaseSync): Filters {
  const findSessions = db.prepare(
    "SELECT no FROM sessions WHERE session_id = ?1 UNION SELECT no FROM sessions WHERE title = ?1 COLLATE NOCASE LIMIT ?2",
  );
  const findAgents = db.prepare(
    "SELECT names.no FROM names WHERE name = ?1 UNION " +
      "SELECT names.no FROM agents JOIN names ON names.name = agents.agent_id WHERE agents.name = ?1 COLLATE NOCASE OR agents.type = ?1 COLLATE NOCASE LIMIT ?2",
  );
  const isAgent = db.prepare("SELECT 1 FROM agents WHERE agent_id = ?1 OR name = ?1 COLLATE NOCASE OR type = ?1 COLLATE NOCASE LIMIT 1");
  const findName = db.prepare("SELECT no FROM names WHERE name = ? LIMIT ?");
  const titles = db.prepare("SELECT session_id AS value, coalesce(title, session_id) AS name FROM sessions ORDER BY no DESC LIMIT ?");
  const agentNames = db.prepare(
    "SELECT DISTINCT name AS value, name FROM (SELECT name FROM agents UNION SELECT type FROM agents) WHERE name IS NOT NULL LIMIT ?",
  );
  const tools = db.prepare("SELECT name AS value, name FROM names WHERE no IN (SELECT DISTINCT tool FROM calls) LIMIT ?");
  const projects = db.prepare("SELECT name AS value, name FROM names WHERE no IN (SELECT DISTINCT project FROM sessions) LIMIT ?");

  const numbers = (find: typeof findName, value: string): number[] => (find.all(value, SAME) as { no: number }[]).map(({ no }) => no);
  const filters = [
    { field: "session_id", letter: "s", find: (value: string) => numbers(findSessions, value), names: titles },
    {
      field: "agent_id",
      letter: "a",
      find: (value: string) => (isAgent.get(value) === undefined ? [] : numbers(findAgents, value)),
      names: agentNames,
    },
    { field: "project", letter: "p", find: (value: string) => numbers(findName, value), names: projects },
    { field: "tool", letter: "t", find: (value: string) => numbers(findName, value), names: tools },
  ] as const;

  return {
    tagsOf(input) {
      const tags: string[] = [];
      for (const { field, letter, find } of filters) {
        const value = input[field];
        if (value === undefined) continue;
        const found = find(value);
        // Nothing can be found of what was never seen.
        if (found.length === 0) return undefined;
        tags.push(anyOf(found.map((no) => `${letter}${no}`)));
      }
      if (input.outcome !== undefined) tags.push(anyOf([`o${input.outcome.replace(/\W/g, "")}`]));
      return tags;
    },

    meantBy(input) {
      return filters.flatMap(({ field, find, names }): Meant => {
        const value = input[field];
        if (value === undefined || find(value).length > 0) return [];
        const known = names.all(COMPARED) as { value: string; name: string }[];
        const near = nearest(value, [...new Set(known.map(({ name }) => name))]);
        return near.map((name) => ({ field, name, value: known.find((one) => one.name === name)!.value }));
      });
    },
  };
}

/** Documents that have one of the tags. */
export function anyOf(tags: readonly string[]): string {
  return `(${tags.map((tag) => `tags : "${tag}"`).join(" OR ")})`;
}
