import type { DatabaseSync } from "node:sqlite";
import type { CallRow } from "../contract/operations/catalog.ts";
import type { InputFor, OutputFor } from "../contract/operations/index.ts";
import { parseQuery } from "./search.ts";

type Filter = Omit<InputFor<"calls.list">, "order" | "limit" | "cursor">;
type Key = readonly (string | number)[];
type Counted = OutputFor<"calls.aggregate">["items"][number];

const failed = "('error', 'timeout', 'invalid', 'denied')";
/** Calls whose words match and that are looked at for the other filters. */
const MATCHES = 5_000;

interface Where {
  readonly clauses: readonly string[];
  readonly values: readonly (string | number)[];
}

export function createCalls(db: DatabaseSync) {
  const findSession = db.prepare("SELECT no FROM sessions WHERE session_id = ?");
  const findName = db.prepare("SELECT no FROM names WHERE name = ?");
  const statements = new Map<string, ReturnType<DatabaseSync["prepare"]>>();
  const prepared = (sql: string) => statements.get(sql) ?? statements.set(sql, db.prepare(sql)).get(sql)!;

  /** Undefined when nothing can match. */
  function whereOf(filter: Filter): Where | undefined {
    const clauses: string[] = [];
    const values: (string | number)[] = [];
    const add = (clause: string, ...more: (string | number)[]): void => {
      clauses.push(clause);
      values.push(...more);
    };
    for (const [value, find, clause] of [
      [filter.session_id, findSession, "calls.session = ?"],
      [filter.tool, findName, "calls.tool = ?"],
      [filter.project, findName, "calls.session IN (SELECT no FROM sessions WHERE project = ?)"],
    ] as const) {
      if (value === undefined) continue;
      const row = find.get(value) as { no: number } | undefined;
      if (row === undefined) return undefined;
      add(clause, row.no);
    }
    if (filter.agent_id !== undefined) add("calls.agent = ?", filter.agent_id);
    if (filter.turn_id !== undefined) add("calls.turn = ?", filter.turn_id);
    if (filter.request_id !== undefined) add("calls.request = ?", filter.request_id);
    if (filter.outcome === "failed") add(`calls.outcome IN ${failed}`);
    else if (filter.outcome !== undefined) add("calls.outcome = ?", filter.outcome);
    if (filter.min_ms !== undefined) add("calls.duration >= ?", filter.min_ms);
    if (filter.since !== undefined) add("calls.at >= ?", Date.parse(filter.since));
    if (filter.until !== undefined) add("calls.at <= ?", Date.parse(filter.until));
    if (filter.text !== undefined && filter.text.trim() !== "") {
      const query = parseQuery(filter.text);
      if (query === undefined) return undefined;
      const without = query.without.map((term) => ` NOT ({title body} : ${term})`).join("");
      add(
        `(calls.session, calls.call_id) IN (SELECT docs.session, docs.id FROM words JOIN docs ON docs.no = words.rowid WHERE words MATCH ? ORDER BY words.rowid DESC LIMIT ${MATCHES})`,
        `({title body} : (${query.match})) AND tags : "kcall"${without}`,
      );
    }
    return { clauses, values };
  }

  return {
    list(
      filter: Filter,
      { order, limit, after }: { readonly order: "newest" | "oldest" | "longest"; readonly limit: number; readonly after: Key | undefined },
    ) {
      const where = whereOf(filter);
      if (where === undefined) return { items: [] };
      const by = order === "longest" ? "calls.duration" : "calls.at";
      const direction = order === "oldest" ? "ASC" : "DESC";
      const clauses = [...where.clauses];
      const values = [...where.values];
      if (order === "longest") clauses.push("calls.duration IS NOT NULL");
      if (after !== undefined) {
        clauses.push(`(${by}, calls.no) ${order === "oldest" ? ">" : "<"} (?, ?)`);
        values.push(...after);
      }
      const sql = `SELECT calls.no, ${by} AS place, calls.row, sessions.session_id, names.name AS project FROM calls
        JOIN sessions ON sessions.no = calls.session LEFT JOIN names ON names.no = sessions.project
        ${clauses.length === 0 ? "" : `WHERE ${clauses.join(" AND ")}`} ORDER BY ${by} ${direction}, calls.no ${direction} LIMIT ?`;
      const rows = prepared(sql).all(...values, limit + 1) as {
        no: number;
        place: number;
        row: string;
        session_id: string;
        project: string | null;
      }[];
      const shown = rows.slice(0, limit);
      const last = shown.at(-1);
      return {
        items: shown.map(
          ({ row, session_id, project }) =>
            ({ session_id, ...(project === null ? {} : { project }), ...(JSON.parse(row) as object) }) as CallRow,
        ),
        ...(rows.length > limit && last !== undefined ? { next: [last.place, last.no] as Key } : {}),
      };
    },

    aggregate(filter: Filter, groupBy: InputFor<"calls.aggregate">["group_by"], limit: number): { items: Counted[]; total: number } {
      const where = whereOf(filter);
      if (where === undefined) return { items: [], total: 0 };
      const group = {
        tool: "coalesce(names.name, '')",
        outcome: "calls.outcome",
        agent: "calls.agent",
        session: "sessions.session_id",
        turn: "coalesce(calls.turn, '')",
        project: "coalesce(projects.name, '')",
      }[groupBy];
      const isWithin = groupBy === "agent" || groupBy === "turn";
      const from = `FROM calls JOIN sessions ON sessions.no = calls.session LEFT JOIN names ON names.no = calls.tool LEFT JOIN names AS projects ON projects.no = sessions.project
        ${where.clauses.length === 0 ? "" : `WHERE ${where.clauses.join(" AND ")}`}`;
      const groups = prepared(
        `SELECT ${group} AS key, ${isWithin ? "sessions.session_id" : "NULL"} AS session_id, count(*) AS count, sum(calls.outcome = 'running') AS running,
          sum(calls.outcome IN ${failed}) AS failed, coalesce(sum(calls.duration), 0) AS total_ms, count(calls.duration) AS timed, max(calls.duration) AS max_ms
          ${from} GROUP BY 1, 2 ORDER BY count DESC, key LIMIT ?`,
      ).all(...where.values, limit) as (Omit<Counted, "session_id"> & {
        session_id: string | null;
        timed: number;
        max_ms: number | null;
      })[];
      const { total } = prepared(`SELECT count(*) AS total ${from}`).get(...where.values) as { total: number };
      const items = groups.map(({ timed, session_id, max_ms, ...counted }): Counted => {
        const clauses = [...where.clauses, `${group} = ?`, ...(isWithin ? ["sessions.session_id = ?"] : []), "calls.duration IS NOT NULL"];
        const within = from.slice(0, from.includes("WHERE") ? from.indexOf("WHERE") : undefined);
        const nth = prepared(
          `SELECT calls.duration AS ms ${within} WHERE ${clauses.join(" AND ")} ORDER BY calls.duration LIMIT 1 OFFSET ?`,
        );
        const values = [...where.values, counted.key, ...(isWithin ? [session_id ?? ""] : [])];
        const percentile = (part: number) => (nth.get(...values, Math.floor((timed - 1) * part)) as { ms: number } | undefined)?.ms;
        return {
          ...counted,
          ...(session_id === null ? {} : { session_id }),
          ...(timed === 0 ? {} : { p50_ms: percentile(0.5), p95_ms: percentile(0.95), max_ms: max_ms ?? undefined }),
        };
      });
      return { items, total };
    },

    /** One row, or undefined. */
    get(sessionId: string, callId: string): CallRow | undefined {
      const found = prepared("SELECT row FROM calls JOIN sessions ON sessions.no = calls.session WHERE session_id = ? AND call_id = ?").get(
        sessionId,
        callId,
      ) as { row: string } | undefined;
      return found === undefined ? undefined : ({ session_id: sessionId, ...(JSON.parse(found.row) as object) } as CallRow);
    },
  };
}
