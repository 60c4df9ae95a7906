import type { DatabaseSync } from "node:sqlite";

/** Sessions of one title, or agents of one name. */
const SAME = 200;

/** What lists of calls and of requests are both narrowed by. A session is its id or title, an agent its id, name or type. */
export interface SharedFilter {
  readonly session_id?: string | undefined;
  readonly agent_id?: string | undefined;
  readonly turn_id?: string | undefined;
  readonly run_id?: string | undefined;
  readonly project?: string | undefined;
  readonly min_ms?: number | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

export interface Clauses {
  readonly clauses: readonly string[];
  readonly values: readonly (string | number)[];
}

/** A filter in SQL. `named` compares a column with the number of a name; undefined when nothing can match. */
export function createWhere(
  db: DatabaseSync,
  table: "calls" | "requests",
): (filter: SharedFilter, named: Readonly<Record<string, string | undefined>>) => Clauses | undefined {
  const findSessions = db.prepare(
    "SELECT no FROM sessions WHERE session_id = ?1 UNION SELECT no FROM sessions WHERE title = ?1 COLLATE NOCASE LIMIT ?2",
  );
  const findAgents = db.prepare("SELECT DISTINCT agent_id FROM agents WHERE name = ?1 COLLATE NOCASE OR type = ?1 COLLATE NOCASE LIMIT ?2");
  const findName = db.prepare("SELECT no FROM names WHERE name = ?");

  return (filter, named) => {
    const clauses: string[] = [];
    const values: (string | number)[] = [];
    const add = (column: string, by: string, value: string | number | undefined): void => {
      if (value === undefined) return;
      clauses.push(`${table}.${column} ${by}`);
      values.push(value);
    };
    const addAny = (column: string, among: readonly (string | number)[]): boolean => {
      const [first] = among;
      if (first === undefined) return false;
      if (among.length === 1) add(column, "= ?", first);
      else add(column, "IN (SELECT value FROM json_each(?))", JSON.stringify(among));
      return true;
    };
    for (const [value, column, by] of [
      [filter.project, "session", "IN (SELECT no FROM sessions WHERE project = ?)"],
      ...Object.entries(named).map(([column, name]) => [name, column, "= ?"] as const),
    ] as const) {
      if (value === undefined) continue;
      const row = findName.get(value) as { no: number } | undefined;
      if (row === undefined) return undefined;
      add(column, by, row.no);
    }
    const { session_id, agent_id } = filter;
    if (session_id !== undefined) {
      const found = findSessions.all(session_id, SAME) as { no: number }[];
      if (
        !addAny(
          "session",
          found.map(({ no }) => no),
        )
      )
        return undefined;
    }
    if (agent_id !== undefined) {
      const found = findAgents.all(agent_id, SAME) as { agent_id: string }[];
      addAny("agent", [agent_id, ...found.map((agent) => agent.agent_id)]);
    }
    add("turn", "= ?", filter.turn_id);
    add("run", "= ?", filter.run_id);
    add("duration", ">= ?", filter.min_ms);
    add("at", ">= ?", filter.since === undefined ? undefined : Date.parse(filter.since));
    add("at", "<= ?", filter.until === undefined ? undefined : Date.parse(filter.until));
    return { clauses, values };
  };
}

/** Statements by their SQL, each prepared once. */
export function createStatements(db: DatabaseSync): (sql: string) => ReturnType<DatabaseSync["prepare"]> {
  const statements = new Map<string, ReturnType<DatabaseSync["prepare"]>>();
  return (sql) => statements.get(sql) ?? statements.set(sql, db.prepare(sql)).get(sql)!;
}

export function whereText(clauses: readonly string[]): string {
  return clauses.length === 0 ? "" : `WHERE ${clauses.join(" AND ")}`;
}
