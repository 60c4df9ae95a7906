import type { EventDraft } from "../../contract/events/index.ts";
import type { MessagePart } from "../../contract/events/message.ts";
import type { CallOutcome } from "../../contract/events/tool.ts";
import { toId, type TurnId } from "../../contract/ids.ts";
import type { Translation } from "../translation.ts";
import { draft, sessionId, turnId } from "./draft.ts";
import { duration, fields, str, textOf, type Fields } from "./fields.ts";
import { exitCodeOf, outcomeOfText } from "./outcome.ts";
import { projectOf } from "./project.ts";
import { finishedAgent, isCommandOutput, isInterruptMarker, readPrompt, roleOf } from "./prompt.ts";
import { childOf, endOf } from "./subagent.ts";
import { answeredTodos } from "./task-changes.ts";
import type { Line } from "./line.ts";
import { imagesIn } from "../images.ts";

/** A line in the user's place: results of calls, a prompt, or something that the client put there. */
export function userLine(line: Line): Translation {
  const { record, foreignAgent } = line;
  const message = fields(record["message"]);
  if (message === undefined) return { events: [], problem: "the user line has no message" };
  const content = message["content"];
  const promptId = str(record["promptId"]);
  const turn = promptId === undefined ? undefined : turnId(promptId, foreignAgent);
  const results = Array.isArray(content) ? content.map(fields).filter((block) => block?.["type"] === "tool_result") : [];
  if (results.length > 0) return { events: results.flatMap((result) => ended(line, result!, { isOnly: results.length === 1, turn })) };
  if (record["isMeta"] === true || record["isCompactSummary"] === true || record["isVisibleInTranscriptOnly"] === true)
    return { events: [] };
  const text = textOf(content);
  if (isInterruptMarker(text)) return over(line, { turn_id: turn, interrupted: true, stop_reason: "interrupted" });
  if (isCommandOutput(text)) return over(line, { turn_id: turn });
  return { events: prompted(line, content, text, promptId) };
}

function over({ place, uuid }: Line, data: { turn_id: TurnId | undefined; interrupted?: boolean; stop_reason?: string }): Translation {
  return { events: [draft(place, "turn.ended", uuid, data)] };
}

function ended(
  { record, place }: Line,
  result: Fields,
  { isOnly, turn }: { readonly isOnly: boolean; readonly turn: TurnId | undefined },
): EventDraft[] {
  const id = str(result["tool_use_id"]);
  if (id === undefined) return [];
  // The structured answer stands beside the message, so with several results it cannot be told whose it is.
  const answer = isOnly ? record["toolUseResult"] : undefined;
  const structured = fields(answer);
  const text = textOf(result["content"]);
  const outcome = outcomeOf(record, text, result["is_error"] === true, structured);
  const isBad = outcome !== "ok";
  const data = {
    call_id: toId("call", id),
    outcome,
    client_status: str(structured?.["status"]),
    output: isBad ? undefined : Array.isArray(answer) || structured !== undefined ? answer : result["content"],
    error: isBad ? text : undefined,
    exit_code: isBad ? exitCodeOf(text) : undefined,
    latency_ms: duration(structured?.["totalDurationMs"]) ?? duration(structured?.["durationMs"]),
    turn_id: turn,
  };
  const todos = isBad ? [] : answeredTodos(id, answer, text).map((change) => draft(place, change.type, change.key, change.data));
  return [draft(place, "tool.ended", id, data), ...childOf(place, { id }, structured), ...todos];
}

function outcomeOf(record: Fields, text: string, isError: boolean, structured: Fields | undefined): CallOutcome {
  const decision = str(fields(record["permissionDecision"])?.["decision"]);
  if (decision === "reject") return "denied";
  if (!isError) return structured?.["interrupted"] === true ? "interrupted" : "ok";
  // An interrupt leaves the same words as a refusal, but a refusal was decided on and says so. Clients from before that field say neither.
  const denial = str(record["toolDenialKind"]);
  if (denial === "user-rejected") return "interrupted";
  if (denial !== undefined) return "denied";
  return outcomeOfText({ text, ran: decision === "accept" }) ?? "error";
}

function prompted(line: Line, content: unknown, text: string, promptId: string | undefined): EventDraft[] {
  const { record, place, foreignAgent, uuid } = line;
  const prompt = readPrompt(text, record, foreignAgent !== undefined);
  if (prompt === undefined) return [];
  const parts = partsOf(content, prompt.text);
  if (parts.length === 0) return [];
  const key = promptId === undefined ? uuid : foreignAgent === undefined ? promptId : `${promptId}:${foreignAgent}`;
  const turn_id = toId("trn", key);
  const events: EventDraft[] = foreignAgent === undefined ? [facts(line)] : [];
  events.push(
    draft(place, "turn.started", `${key}:${uuid}`, { turn_id, prompt: prompt.text, origin: prompt.origin }),
    draft(place, "message.added", `prompt:${key}:${uuid}`, {
      message_id: toId("msg", promptId === undefined ? uuid : `prompt:${key}`),
      role: roleOf(prompt.origin),
      parts,
      turn_id,
    }),
  );
  const finished = finishedAgent(text);
  if (finished !== undefined) events.push(endOf(place, finished, key));
  return events;
}

/** What a prompt of the main thread shows of its session. The first line of a file begins the session. */
function facts({ record, place, uuid, file }: Line): EventDraft {
  const cwd = str(record["cwd"]);
  const isFirst = record["parentUuid"] === null;
  const project = file.path !== undefined || isFirst ? projectOf(cwd, file.path) : undefined;
  const data = {
    app: "claude-code",
    app_version: str(record["version"]),
    cwd,
    project: project?.name,
    git_branch: str(record["gitBranch"]),
    permission_mode: str(record["permissionMode"]),
    transcript_path: file.path,
    resumed_from: file.replay === undefined ? undefined : sessionId(file.replay.from),
  };
  const event = isFirst ? draft(place, "session.started", uuid, data) : draft(place, "session.updated", uuid, data);
  return { ...event, project_id: project?.id };
}

function partsOf(content: unknown, text: string): MessagePart[] {
  const parts: MessagePart[] = text === "" ? [] : [{ kind: "text", text }];
  if (!Array.isArray(content)) return parts;
  for (const each of content.slice(0, 900)) {
    const block = fields(each);
    const media_type = str(fields(block?.["source"])?.["media_type"]);
    parts.push(...imagesIn([block]));
    if (block?.["type"] === "document") parts.push({ kind: "file", media_type, name: str(block["title"]) });
  }
  return parts;
}
