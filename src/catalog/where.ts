import type { DatabaseSync } from "node:sqlite";

/** What lists of calls and of requests are both narrowed by. */
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
  const findSession = db.prepare("SELECT no FROM sessions WHERE session_id = ?");
  const findName = db.prepare("SELECT no FROM names WHERE name = ?");

  return (filter, named) => {
    const clauses: string[] = [];
    const values: (string | number)[] = [];
    const add = (column: string, by: string, value: string | number | undefined): void => {
      if (value === undefined) return;
      clauses.push(`${table}.${column} ${by}`);
      values.push(value);
    };
    for (const [value, find, column, by] of [
      [filter.session_id, findSession, "session", "= ?"],
      [filter.project, findName, "session", "IN (SELECT no FROM sessions WHERE project = ?)"],
      ...Object.entries(named).map(([column, name]) => [name, findName, column, "= ?"] as const),
    ] as const) {
      if (value === undefined) continue;
      const row = find.get(value) as { no: number } | undefined;
      if (row === undefined) return undefined;
      add(column, by, row.no);
    }
    add("agent", "= ?", filter.agent_id);
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
