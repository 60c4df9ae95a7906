import { toId } from "../../contract/ids.ts";
import type { Translation } from "../translation.ts";
import { draft, kept } from "./draft.ts";
import { count, duration, fields, str, type Fields } from "./fields.ts";
import type { Line } from "./line.ts";

/** Notes of the client to the person at the terminal. */
const notes: ReadonlySet<string> = new Set([
  "stop_hook_summary",
  "informational",
  "model_refusal_no_fallback",
  "local_command",
  "away_summary",
  "bridge_status",
  "agents_killed",
  "microcompact_boundary",
  "scheduled_task_fire",
]);

/** A line of the client about the session itself. */
export function systemLine(line: Line): Translation {
  const { record, place, uuid } = line;
  const subtype = str(record["subtype"]) ?? "";
  switch (subtype) {
    case "turn_duration":
      return { events: [draft(place, "turn.ended", uuid, { duration_ms: duration(record["durationMs"]) })] };
    case "api_error":
      return apiError(line);
    case "compact_boundary": {
      const about = fields(record["compactMetadata"]) ?? {};
      const data = {
        phase: "ended" as const,
        trigger: str(about["trigger"]),
        tokens_before: count(about["preTokens"]),
        tokens_after: count(about["postTokens"]),
      };
      return { events: [draft(place, "context.compacted", uuid, data)] };
    }
    default:
      return { events: notes.has(subtype) ? [] : [kept(place, "unknown", `system/${subtype.slice(0, 90)}`, record)] };
  }
}

/**
 * The running total of the session, which the client writes after each turn. It runs on over processes, and in a fork over the session that it
 * was forked from. The line has no time and no id: the figures themselves are its name.
 */
export function costLine({ record, place, file }: Line): Translation {
  const usd = duration(record["totalCostUSD"]);
  if (usd === undefined || usd >= 1e9) return { events: [], problem: "the cost-state line has no total" };
  const usd_micros = Math.round(usd * 1e6);
  const data = {
    usd_micros,
    model_usage: fields(record["modelUsage"]),
    ...(file.replay === undefined ? {} : { continued_from: toId("ses", file.replay.from) }),
  };
  return { events: [draft(place, "cost.reported", `${usd_micros}:${duration(record["totalDuration"]) ?? 0}`, data)] };
}

/** An attempt that the client will make again. */
function apiError({ record, place, uuid }: Line): Translation {
  const error = fields(record["error"]) ?? {};
  const request = str(error["requestId"]);
  const waitMs = duration(record["retryInMs"]);
  const data = {
    request_id: request === undefined ? undefined : toId("req", request),
    class: classOf(error),
    status: count(error["status"]),
    message: str(error["formatted"]) ?? str(error["message"]),
    attempt: count(record["retryAttempt"]),
    retry_at: waitMs === undefined || waitMs > MAX_WAIT_MS ? undefined : new Date(Date.parse(place.at) + waitMs).toISOString(),
  };
  return { events: [draft(place, "model.failed", uuid, data)] };
}

const MAX_WAIT_MS = 7 * 86_400_000;

function classOf(error: Fields): string {
  const named = /"type":"(\w{1,60})_error"/.exec(str(error["message"]) ?? "")?.[1];
  return named ?? (error["isNetworkDown"] === true ? "network" : "unknown");
}
