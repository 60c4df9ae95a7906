import type { DatabaseSync } from "node:sqlite";
import type { StoredEvent } from "../contract/events/index.ts";
import type { RequestId } from "../contract/ids.ts";
import type { Session } from "../projections/session.ts";
import { promptOf, type Request } from "../projections/usage.ts";
import { packRequest, type RequestColumns } from "./packed-row.ts";
import type { TurnRows } from "./turn-rows.ts";

interface Names {
  readonly name: (name: string) => number;
}

export interface RequestRows {
  /** Writes the rows of the requests that some events tell of, as the fold shows them after. */
  take(no: number, after: Session, events: readonly StoredEvent[]): void;
}

/** One row for each answered model request, by the same fold as the picture. */
export function createRequestRows(db: DatabaseSync, names: Names, turns: TurnRows): RequestRows {
  const upsert =
    db.prepare(`INSERT INTO requests (session, request_id, agent, turn, turn_told, run, model, at, duration, tokens, words, row)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (session, request_id) DO UPDATE SET agent = excluded.agent, turn = excluded.turn,
    turn_told = excluded.turn_told, run = max(coalesce(excluded.run, run), coalesce(run, excluded.run)), model = excluded.model, at = excluded.at,
    duration = excluded.duration, tokens = excluded.tokens, words = excluded.words, row = excluded.row`);
  const remove = db.prepare("DELETE FROM requests WHERE session = ? AND request_id = ?");

  function write(no: number, request: Request, run: string | undefined): void {
    const { from: _, segments: _segments, ...row } = request;
    const { request_id, agent_id, turn_id, model = "unknown", usage, purpose, stop_reason } = row;
    const at = Date.parse(row.at);
    const columns: RequestColumns = {
      request_id,
      agent: agent_id,
      turn: turn_id ?? turns.at(no, agent_id, at),
      turn_told: turn_id === undefined ? 0 : 1,
      model_name: model,
      at,
      duration: row.duration_ms ?? null,
    };
    upsert.run(
      no,
      request_id,
      agent_id,
      columns.turn,
      columns.turn_told,
      run ?? null,
      names.name(model),
      at,
      columns.duration,
      usage === undefined ? null : promptOf(usage) + (usage.output ?? 0),
      names.name([purpose, stop_reason].filter(Boolean).join(" ")),
      packRequest(row, columns),
    );
  }

  return {
    take(no, after, events) {
      const touched = new Map<RequestId, string | undefined>();
      const touch = (id: RequestId, run: string | undefined): void => {
        const known = touched.get(id);
        touched.set(id, known !== undefined && (run === undefined || known > run) ? known : run);
      };
      for (const event of events) {
        if (event.type !== "model.responded") continue;
        const { request_id, also_told_as } = event.data;
        for (const id of [request_id, also_told_as])
          for (const each of id === undefined ? [] : [id, ...(after.usage.pairs.get(id)?.of ?? [])]) touch(each, event.run_id);
      }
      for (const [id, run] of touched) {
        const request = after.usage.requests.get(id);
        // A name under which another request was told is no request of its own.
        if (request !== undefined) write(no, request, run);
        else if (after.usage.pairs.has(id)) remove.run(no, id);
      }
    },
  };
}
