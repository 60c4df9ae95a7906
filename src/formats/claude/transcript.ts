import type { Translation } from "../translation.ts";
import { agentId, draft, fingerprint, kept, sessionId, type Place } from "./draft.ts";
import { fields, str, time, type Fields } from "./fields.ts";
import type { Line, TranscriptFile } from "./line.ts";
import { originOf } from "./replay.ts";
import { assistantLine } from "./transcript-assistant.ts";
import { queueLine } from "./transcript-queue.ts";
import { costLine, systemLine } from "./transcript-system.ts";
import { userLine } from "./transcript-user.ts";
import { noise } from "./worth-parsing.ts";

const nothing: Translation = { events: [] };

/** Translates one line of a session's or a subagent's transcript. */
export function translateLine(record: unknown, file: TranscriptFile): Translation {
  const told = fields(record);
  if (told === undefined) return { events: [], problem: "the line is not an object" };
  const type = str(told["type"]);
  if (type === undefined) return { events: [], problem: "the line has no type" };
  if (noise.has(type)) return nothing;
  const session = str(told["sessionId"]) ?? str(file.sessionId);
  if (session === undefined) return { events: [], problem: `the ${type.slice(0, 50)} line has no sessionId` };
  const at = time(told["timestamp"]) ?? time(file.readAt);
  if (at === undefined) return { events: [], problem: `the ${type.slice(0, 50)} line has no time` };
  const isReplayed = originOf(told) !== undefined || (file.replay !== undefined && at <= file.replay.until);
  if (isReplayed) return nothing;
  const foreignAgent = str(told["agentId"]) ?? str(file.agentId) ?? (told["isSidechain"] === true ? "sidechain" : undefined);
  const place: Place = { way: "transcript", session, session_id: sessionId(session), agent: agentId(foreignAgent), at };
  const line: Line = { record: told, place, foreignAgent, uuid: str(told["uuid"]) ?? fingerprint(place, told), file };
  switch (type) {
    case "assistant":
      return assistantLine(line);
    case "user":
      return userLine(line);
    case "system":
      return systemLine(line);
    case "queue-operation":
      return queueLine(line);
    case "cost-state":
      return costLine(line);
    case "custom-title":
      return title(line, told["customTitle"]);
    case "ai-title":
      return title(line, told["aiTitle"]);
    case "summary":
      return title(line, told["summary"]);
    default:
      return { events: [kept(place, "unknown", type.slice(0, 100), outline(told))] };
  }
}

function title({ place, uuid }: Line, text: unknown): Translation {
  const words = str(text);
  return words === undefined ? nothing : { events: [draft(place, "session.updated", uuid, { title: words.slice(0, 300) })] };
}

const MAX_KEPT = 500;

/** An unknown line with its long values named by size only: they may be prompts that nobody asked us to store. */
function outline(record: Fields): Fields {
  const short = Object.entries(record).map(([key, value]) => {
    const size = typeof value === "string" ? value.length : typeof value === "object" && value !== null ? JSON.stringify(value).length : 0;
    return [key, size <= MAX_KEPT ? value : `[${size} characters]`];
  });
  return Object.fromEntries(short) as Fields;
}
