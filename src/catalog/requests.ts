import type { DatabaseSync } from "node:sqlite";
import type { InputFor } from "../contract/operations/index.ts";
import type { Request } from "../projections/usage.ts";
import { unpackRequest, type RequestColumns } from "./packed-row.ts";
import { createStatements, createWhere, whereText } from "./where.ts";

type Input = InputFor<"requests.list">;
type Filter = Omit<Input, "order" | "limit" | "cursor">;
type Key = readonly (string | number)[];

/** A request as the fold knows it, with where it belongs. */
export type RequestFound = Omit<Request, "from"> & { readonly session_id: string; readonly project?: string };

export interface RequestPage {
  readonly items: readonly RequestFound[];
  readonly next?: Key;
  /** On the first page only. */
  readonly total?: number;
  readonly models?: { readonly model: string; readonly count: number }[];
}

interface Found extends RequestColumns {
  readonly no: number;
  readonly place: number;
  readonly row: string;
  readonly session_id: string;
  readonly project: string | null;
}

const orders = {
  newest: ["at", "DESC", "<"],
  oldest: ["at", "ASC", ">"],
  longest: ["duration", "DESC", "<"],
  largest: ["tokens", "DESC", "<"],
} as const;
const MODELS = 100;

/** Model requests of every session. */
export function createRequests(db: DatabaseSync) {
  const prepared = createStatements(db);
  const shared = createWhere(db, "requests");

  /** Undefined when nothing can match. */
  function whereOf({ model, request_id, text, ...filter }: Filter): ReturnType<typeof shared> {
    const where = shared(filter, { model });
    if (where === undefined) return undefined;
    const words = (text ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    return {
      clauses: [
        ...where.clauses,
        ...(request_id === undefined ? [] : ["requests.request_id = ?"]),
        ...words.map(() => `(${ofName("model")} OR ${ofName("words")} OR instr(lower(requests.request_id), ?) > 0)`),
      ],
      values: [...where.values, ...(request_id === undefined ? [] : [request_id]), ...words.flatMap((word) => [word, word, word])],
    };
  }

  /** How many there are, and of which models, whichever model was asked for. */
  function countsOf(filter: Filter): Pick<RequestPage, "total" | "models"> {
    const where = whereOf({ ...filter, model: undefined });
    if (where === undefined) return { total: 0, models: [] };
    const models = prepared(
      `SELECT names.name AS model, counted.count FROM (SELECT model, count(*) AS count FROM requests ${whereText(where.clauses)} GROUP BY model)
        AS counted JOIN names ON names.no = counted.model ORDER BY count DESC, names.name`,
    ).all(...where.values) as { model: string; count: number }[];
    const total = models.reduce((sum, { model, count }) => sum + (filter.model === undefined || filter.model === model ? count : 0), 0);
    return { total, models: models.slice(0, MODELS).map((counted) => ({ ...counted })) };
  }

  return {
    list(
      filter: Filter,
      { order, limit, after }: { readonly order: Input["order"]; readonly limit: number; readonly after: Key | undefined },
    ): RequestPage {
      const counts = after === undefined ? countsOf(filter) : {};
      const where = whereOf(filter);
      if (where === undefined) return { items: [], ...counts };
      const [by, direction, beyond] = orders[order];
      const clauses = [
        ...where.clauses,
        ...(by === "at" ? [] : [`requests.${by} IS NOT NULL`]),
        ...(after === undefined ? [] : [`(requests.${by}, requests.no) ${beyond} (?, ?)`]),
      ];
      const rows = prepared(
        `SELECT requests.no, requests.${by} AS place, requests.row, requests.request_id, requests.agent, requests.turn, requests.turn_told, requests.at,
          requests.duration, models.name AS model_name, sessions.session_id, names.name AS project
          FROM requests JOIN sessions ON sessions.no = requests.session JOIN names AS models ON models.no = requests.model
          LEFT JOIN names ON names.no = sessions.project
          ${whereText(clauses)} ORDER BY requests.${by} ${direction}, requests.no ${direction} LIMIT ?`,
        // One more than is shown, to know whether there are more.
      ).all(...where.values, ...(after ?? []), limit + 1) as unknown as Found[];
      const last = rows.length > limit ? rows[limit - 1] : undefined;
      return {
        items: rows.slice(0, limit).map(toRequest),
        ...(last === undefined ? {} : { next: [last.place, last.no] }),
        ...counts,
      };
    },
  };
}

/** Names are few: which of them have a word is looked up once. */
function ofName(column: "model" | "words"): string {
  return `requests.${column} IN (SELECT no FROM names WHERE instr(lower(name), ?) > 0)`;
}

function toRequest(found: Found): RequestFound {
  const { row, turn, session_id, project } = found;
  return {
    session_id,
    ...(project === null ? {} : { project }),
    ...(unpackRequest(row, found) as unknown as Omit<Request, "from">),
    ...(turn === null ? {} : { turn_id: turn as NonNullable<Request["turn_id"]> }),
  };
}
