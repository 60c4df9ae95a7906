import type { DatabaseSync } from "node:sqlite";
import type { CallRow } from "../contract/operations/catalog.ts";
import type { InputFor, OutputFor } from "../contract/operations/index.ts";
import { createCallWords, GATHERED } from "./call-words.ts";
import { unpackCall, type CallColumns } from "./packed-row.ts";
import { createStatements, createWhere, whereText, type Clauses } from "./where.ts";

type Filter = Omit<InputFor<"calls.list">, "order" | "limit" | "cursor">;
type Key = readonly (string | number)[];
type Counted = OutputFor<"calls.aggregate">["items"][number];

const failed = "('error', 'timeout', 'invalid', 'denied')";
/** Calls that one page looks at where too many match to be gathered, and how many at once: a tenth of a second. */
const LOOKED_AT = 4_000;
const CHUNK = 1_000;

const columns =
  "calls.row, calls.call_id, calls.agent, calls.turn, calls.turn_told, calls.request, tools.name AS tool_name, calls.outcome, calls.at, calls.duration";

interface Where extends Clauses {
  /** Where not all matches of the words are gathered: what each call is still to be asked for. */
  readonly match?: string;
}

interface Found extends CallColumns {
  readonly no: number;
  readonly place: number;
  readonly row: string;
  readonly session_id: string;
  readonly project: string | null;
  readonly document: number | null;
}

export function createCalls(db: DatabaseSync, options: { readonly gathered?: number; readonly lookedAt?: number } = {}) {
  const gathered = options.gathered ?? GATHERED;
  const words = createCallWords(db, gathered);
  const lookedAt = options.lookedAt ?? LOOKED_AT;
  const prepared = createStatements(db);
  const shared = createWhere(db, "calls");

  /** Undefined when nothing can match. */
  function whereOf(filter: Filter): Where | undefined {
    const where = shared(filter, { tool: filter.tool });
    if (where === undefined) return undefined;
    const clauses = [...where.clauses];
    const values = [...where.values];
    const add = (clause: string, ...more: (string | number)[]): void => {
      clauses.push(clause);
      values.push(...more);
    };
    if (filter.request_id !== undefined) add("calls.request = ?", filter.request_id);
    if (filter.outcome === "failed") add(`calls.outcome IN ${failed}`);
    else if (filter.outcome !== undefined) add("calls.outcome = ?", filter.outcome);
    if (filter.text === undefined || filter.text.trim() === "") return { clauses, values };
    const match = words.matchOf(filter.text);
    if (match === undefined) return undefined;
    if (!words.gather(match)) return { clauses, values, match };
    add("calls.no IN (SELECT no FROM temp.matching)");
    return { clauses, values };
  }

  function having(match: string, rows: readonly Found[]): Found[] {
    const found = words.among(
      match,
      rows.flatMap(({ document }) => document ?? []),
    );
    return rows.filter(({ document }) => document !== null && found.has(document));
  }

  /** Rows of one order, from a place on. */
  function reader(where: Where, order: "newest" | "oldest" | "longest"): (after: Key | undefined, most: number) => Found[] {
    const by = order === "longest" ? "calls.duration" : "calls.at";
    const [direction, beyond] = order === "oldest" ? ["ASC", ">"] : ["DESC", "<"];
    const isLooking = where.match !== undefined;
    return (after, most) => {
      const clauses = [
        ...where.clauses,
        ...(order === "longest" ? ["calls.duration IS NOT NULL"] : []),
        ...(after === undefined ? [] : [`(${by}, calls.no) ${beyond} (?, ?)`]),
      ];
      const sql = `SELECT calls.no, ${by} AS place, ${columns}, sessions.session_id, names.name AS project, ${isLooking ? "docs.no" : "NULL"} AS document
        FROM calls JOIN sessions ON sessions.no = calls.session LEFT JOIN names ON names.no = sessions.project LEFT JOIN names AS tools ON tools.no = calls.tool
        ${isLooking ? "LEFT JOIN docs ON docs.session = calls.session AND docs.kind = 'call' AND docs.id = calls.call_id" : ""}
        ${whereText(clauses)} ORDER BY ${by} ${direction}, calls.no ${direction} LIMIT ?`;
      return prepared(sql).all(...where.values, ...(after ?? []), most) as unknown as Found[];
    };
  }

  return {
    list(
      filter: Filter,
      { order, limit, after }: { readonly order: "newest" | "oldest" | "longest"; readonly limit: number; readonly after: Key | undefined },
    ) {
      const where = whereOf(filter);
      if (where === undefined) return { items: [] };
      const { match } = where;
      const read = reader(where, order);
      const items: Found[] = [];
      let looked = 0;
      for (let from = after; ;) {
        // One more than is shown, to know whether there are more.
        const most = match === undefined ? limit + 1 : Math.min(CHUNK, lookedAt - looked);
        const rows = read(from, most);
        looked += rows.length;
        items.push(...(match === undefined ? rows : having(match, rows)));
        const end = rows.at(-1);
        if (items.length > limit) return pageOf(items.slice(0, limit));
        if (end === undefined || rows.length < most) return pageOf(items, false);
        if (looked >= lookedAt && match !== undefined)
          return { ...pageOf(items), next: [end.place, end.no] as Key, searched_to: startOf(end) };
        from = [end.place, end.no];
      }
    },

    aggregate(
      filter: Filter,
      groupBy: InputFor<"calls.aggregate">["group_by"],
      limit: number,
    ): { items: Counted[]; total: number; newest_matches?: number } {
      const all = whereOf(filter);
      if (all === undefined) return { items: [], total: 0 };
      const isPart = all.match !== undefined;
      const where = isPart ? { ...all, clauses: [...all.clauses, "calls.no IN (SELECT no FROM temp.matching)"] } : all;
      const group = {
        tool: "coalesce(names.name, '')",
        outcome: "calls.outcome",
        agent: "calls.agent",
        session: "sessions.session_id",
        turn: "coalesce(calls.turn, '')",
        project: "coalesce(projects.name, '')",
      }[groupBy];
      const isWithin = groupBy === "agent" || groupBy === "turn";
      const nameOf = {
        agent:
          "SELECT coalesce(agents.name, agents.type) AS name FROM agents JOIN sessions ON sessions.no = agents.session WHERE session_id = ? AND agent_id = ?",
        turn: "SELECT prompt AS name FROM turns JOIN sessions ON sessions.no = turns.session WHERE session_id = ? AND turn_id = ?",
      };
      const from = `FROM calls JOIN sessions ON sessions.no = calls.session LEFT JOIN names ON names.no = calls.tool LEFT JOIN names AS projects ON projects.no = sessions.project
        ${whereText(where.clauses)}`;
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
        const name = isWithin
          ? (prepared(nameOf[groupBy]).get(session_id, counted.key) as { name: string | null } | undefined)?.name
          : null;
        const percentile = (part: number) => (nth.get(...values, Math.floor((timed - 1) * part)) as { ms: number } | undefined)?.ms;
        return {
          ...counted,
          ...(session_id === null ? {} : { session_id }),
          ...(name === null || name === undefined ? {} : { name }),
          ...(timed === 0 ? {} : { p50_ms: percentile(0.5), p95_ms: percentile(0.95), max_ms: max_ms ?? undefined }),
        };
      });
      return { items, total, ...(isPart ? { newest_matches: gathered } : {}) };
    },

    /** The calls of one session that have the words, the newest `gathered` of them. */
    matching(sessionId: string, text: string): string[] {
      const session = prepared("SELECT no FROM sessions WHERE session_id = ?").get(sessionId) as { no: number } | undefined;
      const match = words.matchOf(text);
      return session === undefined || match === undefined ? [] : words.within(match, session.no);
    },

    /** One row, or undefined. */
    get(sessionId: string, callId: string): CallRow | undefined {
      const found = prepared(
        `SELECT ${columns} FROM calls JOIN sessions ON sessions.no = calls.session LEFT JOIN names AS tools ON tools.no = calls.tool
          WHERE session_id = ? AND call_id = ?`,
      ).get(sessionId, callId) as unknown as Found | undefined;
      return found === undefined ? undefined : ({ session_id: sessionId, ...unpackCall(found.row, found) } as CallRow);
    },
  };
}

function pageOf(found: readonly Found[], hasMore = true): { readonly items: CallRow[]; readonly next?: Key } {
  const last = found.at(-1);
  return {
    items: found.map((each) => {
      const { row, turn, session_id, project } = each;
      return {
        session_id,
        ...(project === null ? {} : { project }),
        ...(turn === null ? {} : { turn_id: turn }),
        ...unpackCall(row, each),
      } as CallRow;
    }),
    ...(hasMore && last !== undefined ? { next: [last.place, last.no] } : {}),
  };
}

/** When a call began, as its row says. */
function startOf(found: Found): string {
  const { started_at, ended_at } = unpackCall(found.row, found) as CallRow;
  return started_at ?? ended_at ?? "";
}
