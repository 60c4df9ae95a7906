import { fields, str, time, type Fields } from "./fields.ts";

/** The part of a forked session's file that repeats the session it was forked from. */
export interface Replay {
  /** The session whose history it is. */
  readonly from: string;
  /** Time of the last repeated line: what is newer is the fork's own. */
  readonly until: string;
}

/**
 * Finds the repeated part among the first lines of a transcript. The client copies the whole history at once when it forks, with its own
 * session id and prompt id on every line; only assistant lines still name the session that made the request.
 */
export function findReplay(lines: Iterable<string>): Replay | undefined {
  let from: string | undefined;
  let until = "";
  const repeated = new Set<string>();
  for (const line of lines) {
    const mayTell =
      line.includes('"requestSessionId":"') ||
      line.includes('"forkedFrom":{') ||
      (repeated.size > 0 && line.includes('"sourceToolAssistantUUID":"'));
    if (!mayTell) continue;
    const record = parse(line);
    if (record === undefined) continue;
    const origin = originOf(record);
    const isAnswered = repeated.has(str(record["sourceToolAssistantUUID"]) ?? "");
    if (origin === undefined && !isAnswered) continue;
    from ??= origin;
    repeated.add(str(record["uuid"]) ?? "");
    const at = time(record["timestamp"]) ?? "";
    if (at > until) until = at;
  }
  return from === undefined ? undefined : { from, until };
}

/** The other session whose line this is a copy of, where the line itself says so. */
export function originOf(record: Fields): string | undefined {
  const forked = str(fields(record["forkedFrom"])?.["sessionId"]);
  if (forked !== undefined) return forked;
  const requested = str(record["requestSessionId"]);
  return requested === undefined || requested === record["sessionId"] ? undefined : requested;
}

function parse(line: string): Fields | undefined {
  try {
    return fields(JSON.parse(line));
  } catch {
    return undefined;
  }
}
