import type { EventDraft } from "../../contract/events/index.ts";
import { toTimestamp } from "../../lib/clock.ts";
import { textHash } from "../../lib/text-hash.ts";
import { count, duration, fields, keep, problem, str, tell, time, type Fields, type Place } from "../fields.ts";
import type { Translation } from "../translation.ts";
import { projectOf } from "./project.ts";

/** What was last told of each session, by the name of the fact. Plain data. */
export type StatusLineState = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * Reads status lines one after the other. The client writes one at every change of its screen, most of them the same but for something that is
 * no fact of ours: each fact is told when it differs from what was last told of its session.
 */
export function createStatusLine(saved: StatusLineState = {}): {
  translate(body: unknown, receivedAt: string): Translation;
  readonly state: StatusLineState;
} {
  let state = saved;
  return {
    get state() {
      return state;
    },
    translate(body, receivedAt) {
      const { events, ...rest } = translateStatusLine(body, receivedAt);
      const fresh = events.filter(isNews);
      return { events: fresh, ...rest };
    },
  };

  function isNews({ type, session_id, data }: EventDraft): boolean {
    if (session_id === undefined) return true;
    const known = Object.hasOwn(state, session_id) ? state[session_id]! : {};
    const fact = type === "limit.reported" ? `${type} ${String(data["limit"])}` : type;
    const said = textHash(JSON.stringify(data));
    if (Object.hasOwn(known, fact) && known[fact] === said) return false;
    state = { ...state, [session_id]: { ...known, [fact]: said } };
    return true;
  }
}

/**
 * The JSON that the client pipes to a status line, at every change of the screen: the one plain source of how full the context is and of what
 * is left of a plan. It has no time of its own. The same facts again give the same event, apart from their time.
 */
export function translateStatusLine(body: unknown, receivedAt: string): Translation {
  const at = time(receivedAt);
  const told = fields(body);
  if (at === undefined) return problem("the time of receipt is not a time");
  if (told === undefined) return problem("the body is not an object");
  const session = str(told["session_id"]);
  if (session === undefined) return problem("session_id is missing");
  const place: Place = { app: "claude-code", way: "other", word: "status-line", session, agent: undefined, at };
  if (str(told["hook_event_name"]) !== undefined && told["hook_event_name"] !== "Status")
    return keep(place, "unknown", str(told["hook_event_name"])!, told);
  const events: EventDraft[] = [facts(place, told)];
  const usd = duration(fields(told["cost"])?.["total_cost_usd"]);
  if (usd !== undefined && usd < 1e9) events.push(tell(place, "cost.reported", at, { usd_micros: Math.round(usd * 1e6) }));
  for (const [limit, value] of Object.entries(fields(told["rate_limits"]) ?? {})) {
    const used_percent = percent(fields(value)?.["used_percentage"]);
    if (used_percent === undefined || limit === "") continue;
    const data = { limit: limit.slice(0, 100), used_percent, resets_at: resetOf(fields(value)?.["resets_at"]) };
    events.push(tell(place, "limit.reported", `${limit.slice(0, 100)}:${at}`, data));
  }
  return { events };
}

function facts(place: Place, told: Fields): EventDraft {
  const workspace = fields(told["workspace"]) ?? {};
  const cwd = str(workspace["current_dir"]) ?? str(told["cwd"]);
  const transcript_path = str(told["transcript_path"]);
  const project = projectOf(str(workspace["project_dir"]) ?? cwd, transcript_path);
  const window = fields(told["context_window"]);
  const data = {
    app: "claude-code",
    app_version: str(told["version"]),
    cwd,
    project: project?.name,
    model: str(fields(told["model"])?.["id"]),
    title: str(told["session_name"])?.slice(0, 300),
    transcript_path,
    git_branch: str(fields(told["worktree"])?.["branch"]),
    context:
      window === undefined
        ? undefined
        : {
            size_tokens: count(window["context_window_size"]),
            used_percent: percent(window["used_percentage"]),
            input_tokens: count(window["total_input_tokens"]),
            output_tokens: count(window["total_output_tokens"]),
          },
  };
  const event = tell(place, "session.updated", place.at, data);
  return project === undefined ? event : { ...event, project_id: project.id };
}

function percent(value: unknown): number | undefined {
  const told = duration(value);
  return told === undefined || told > 1_000 ? undefined : told;
}

/** Seconds since 1970, or a time as text. */
function resetOf(value: unknown): string | undefined {
  if (typeof value === "number" && value > 0 && value < 253_402_300_800) return toTimestamp(value * 1_000);
  return time(value);
}
