import type { EventDraft } from "../../contract/events/index.ts";
import { toId } from "../../contract/ids.ts";
import type { Translation } from "../translation.ts";
import { agentId, draft, fingerprint, kept, sessionId, turnId, type Place } from "./draft.ts";
import { count, fields, str, time, type Fields } from "./fields.ts";
import { mainTurn, problem, type Hook, type HookReader } from "./hook-body.ts";
import { permissionDenied, postToolBatch, postToolUse, postToolUseFailure, preToolUse } from "./hook-tools.ts";
import { projectOf } from "./project.ts";
import { finishedAgent, readPrompt } from "./prompt.ts";
import { endOf } from "./subagent.ts";

/** Translates the body of one hook call, received at `receivedAt`: hooks carry no time of their own. */
export function translateHook(body: unknown, receivedAt: string): Translation {
  const at = time(receivedAt);
  const hook = fields(body);
  if (at === undefined) return problem("the time of receipt is not a time");
  if (hook === undefined) return problem("the body is not an object");
  const session = str(hook["session_id"]);
  const name = str(hook["hook_event_name"]);
  if (session === undefined) return problem("session_id is missing");
  if (name === undefined) return problem("hook_event_name is missing");
  const foreignAgent = str(hook["agent_id"]);
  const place: Place = { way: "hook", session, session_id: sessionId(session), agent: agentId(foreignAgent), at };
  const known = readers.has(name);
  const told = readers.get(name)?.({ body: hook, place, promptId: str(hook["prompt_id"]), foreignAgent });
  return told ?? { events: [kept(place, known ? "unused" : "unknown", name.slice(0, 100), hook)] };
}

function sessionStart({ body, place }: Hook): Translation {
  const origin = origins.find((known) => known === body["source"]) ?? ("unknown" as const);
  const project = projectOf(str(body["cwd"]), str(body["transcript_path"]));
  const data = {
    app: "claude-code",
    origin,
    model: str(body["model"]),
    title: str(body["session_title"]),
    cwd: str(body["cwd"]),
    project: project?.name,
    transcript_path: str(body["transcript_path"]),
  };
  return { events: [{ ...draft(place, "session.started", fingerprint(place, body), data), project_id: project?.id }] };
}

function userPromptSubmit({ body, place, promptId, foreignAgent }: Hook): Translation {
  const prompt = str(body["prompt"]);
  if (prompt === undefined || promptId === undefined) return problem("UserPromptSubmit without prompt or prompt_id");
  const cwd = str(body["cwd"]);
  const transcriptPath = str(body["transcript_path"]);
  const project = projectOf(cwd, transcriptPath);
  const facts = {
    app: "claude-code",
    cwd,
    project: project?.name,
    permission_mode: str(body["permission_mode"]),
    transcript_path: transcriptPath,
  };
  const key = foreignAgent === undefined ? promptId : `${promptId}:${foreignAgent}`;
  const events: EventDraft[] = [{ ...draft(place, "session.updated", key, facts), project_id: project?.id }];
  const read = readPrompt(prompt, body, foreignAgent !== undefined);
  if (read === undefined) return { events };
  const turn_id = turnId(promptId, foreignAgent);
  events.push(
    draft(place, "turn.started", key, { turn_id, prompt: read.text, origin: read.origin }),
    draft(place, "message.added", `prompt:${key}`, {
      message_id: toId("msg", `prompt:${key}`),
      role: "user",
      parts: [{ kind: "text", text: read.text }],
      turn_id,
    }),
  );
  const finished = finishedAgent(prompt);
  if (finished !== undefined) events.push(endOf(place, finished, promptId));
  return { events };
}

function userPromptExpansion({ body, place, promptId }: Hook): Translation | undefined {
  if (promptId === undefined || body["expansion_type"] !== "slash_command") return undefined;
  return {
    events: [
      draft(place, "turn.started", `${promptId}:expanded`, {
        turn_id: turnId(promptId, undefined),
        origin: "command",
        prompt: str(body["prompt"]),
      }),
    ],
  };
}

function messageDisplay({ body, place, promptId, foreignAgent }: Hook): Translation {
  const id = str(body["message_id"]);
  if (id === undefined || typeof body["delta"] !== "string") return problem("MessageDisplay without message_id or delta");
  const index = count(body["index"]) ?? 0;
  const turn_id = mainTurn(promptId, foreignAgent);
  return {
    events: [
      draft(place, "message.added", `${id}:${index}`, {
        message_id: toId("msg", id),
        role: "assistant",
        parts: [{ kind: "text", text: body["delta"] }],
        index,
        turn_id,
      }),
    ],
  };
}

function permissionRequest({ body, place }: Hook): Translation {
  const tool = str(body["tool_name"]);
  const reason = tool === "AskUserQuestion" ? "question" : tool === "ExitPlanMode" ? "plan" : "permission";
  return { events: [draft(place, "agent.updated", fingerprint(place, body), { status: "waiting", reason })] };
}

function elicitation({ body, place }: Hook): Translation {
  return { events: [draft(place, "agent.updated", fingerprint(place, body), { status: "waiting", reason: "question" })] };
}

function notification({ body, place }: Hook): Translation | undefined {
  const data = notices.get(str(body["notification_type"]) ?? "");
  return data === undefined ? undefined : { events: [draft(place, "agent.updated", fingerprint(place, body), data)] };
}

function subagentStart({ body, place, promptId, foreignAgent }: Hook): Translation | undefined {
  if (foreignAgent === undefined || str(body["agent_type"]) === undefined) return undefined;
  const spawned = draft(place, "agent.spawned", foreignAgent, { agent_type: str(body["agent_type"]), edge: "inferred" });
  if (promptId === undefined) return { events: [spawned] };
  return {
    events: [
      spawned,
      draft(place, "turn.started", `${promptId}:${foreignAgent}`, { turn_id: turnId(promptId, foreignAgent), origin: "agent" }),
    ],
  };
}

/** Compaction stops an agent too, one without a type that never started: it is nobody's subagent. */
function subagentStop({ body, place, foreignAgent }: Hook): Translation | undefined {
  if (foreignAgent === undefined || str(body["agent_type"]) === undefined) return undefined;
  return {
    events: [
      draft(place, "agent.ended", `${foreignAgent}:${fingerprint(place, body)}`, {
        outcome: "completed",
        summary: str(body["last_assistant_message"]),
      }),
    ],
  };
}

function stop({ body, place, promptId, foreignAgent }: Hook): Translation {
  return { events: [draft(place, "turn.ended", turnKey(place, body, promptId), { turn_id: mainTurn(promptId, foreignAgent) })] };
}

function stopFailure({ body, place, promptId, foreignAgent }: Hook): Translation {
  const error = str(body["error"]) ?? "unknown";
  const turn_id = mainTurn(promptId, foreignAgent);
  const key = turnKey(place, body, promptId);
  return {
    events: [
      draft(place, "turn.ended", key, { turn_id, stop_reason: "error" }),
      draft(place, "model.failed", key, {
        class: error,
        message: str(body["error_details"]) ?? str(body["last_assistant_message"]),
        turn_id,
      }),
    ],
  };
}

function sessionEnd({ body, place }: Hook): Translation {
  return { events: [draft(place, "session.ended", fingerprint(place, body), { reason: str(body["reason"]) })] };
}

function compact(phase: "started" | "ended"): HookReader {
  return ({ body, place }) => ({
    events: [
      draft(place, "context.compacted", fingerprint(place, body), {
        phase,
        trigger: str(body["trigger"]),
        summary: str(body["compact_summary"]),
      }),
    ],
  });
}

function postModelSwitch({ body, place }: Hook): Translation | undefined {
  const model = str(body["to_model"]);
  return model === undefined ? undefined : { events: [draft(place, "session.updated", fingerprint(place, body), { model })] };
}

function cwdChanged({ body, place }: Hook): Translation | undefined {
  const cwd = str(body["new_cwd"]);
  return cwd === undefined ? undefined : { events: [draft(place, "session.updated", fingerprint(place, body), { cwd })] };
}

function instructionsLoaded({ body, place }: Hook): Translation {
  return {
    events: [
      draft(place, "context.injected", fingerprint(place, body), {
        what: "instructions",
        path: str(body["file_path"]),
        reason: str(body["load_reason"]),
      }),
    ],
  };
}

/** A turn may stop more than once: a stop hook can send the agent back to work. */
function turnKey(place: Place, body: Fields, promptId: string | undefined): string {
  return `${promptId ?? ""}:${fingerprint(place, body)}`;
}

const nothing: HookReader = () => undefined;
const origins = ["startup", "resume", "clear", "compact", "fork"] as const;

const notices: ReadonlyMap<string, { status: "waiting" | "idle"; reason: string }> = new Map([
  ["permission_prompt", { status: "waiting", reason: "permission" }],
  ["agent_needs_input", { status: "waiting", reason: "input" }],
  ["elicitation_dialog", { status: "waiting", reason: "question" }],
  ["idle_prompt", { status: "idle", reason: "prompt" }],
] as const);

/** Every event name that the client knows. Those with `nothing` have no fact of ours yet and are kept as they come. */
const readers: ReadonlyMap<string, HookReader> = new Map([
  ["SessionStart", sessionStart],
  ["SessionEnd", sessionEnd],
  ["Setup", nothing],
  ["UserPromptSubmit", userPromptSubmit],
  ["UserPromptExpansion", userPromptExpansion],
  ["MessageDisplay", messageDisplay],
  ["PreToolUse", preToolUse],
  ["PostToolUse", postToolUse],
  ["PostToolUseFailure", postToolUseFailure],
  ["PostToolBatch", postToolBatch],
  ["PermissionRequest", permissionRequest],
  ["PermissionDenied", permissionDenied],
  ["Notification", notification],
  ["Elicitation", elicitation],
  ["ElicitationResult", nothing],
  ["SubagentStart", subagentStart],
  ["SubagentStop", subagentStop],
  ["TeammateIdle", nothing],
  ["TaskCreated", nothing],
  ["TaskCompleted", nothing],
  ["Stop", stop],
  ["StopFailure", stopFailure],
  ["PreCompact", compact("started")],
  ["PostCompact", compact("ended")],
  ["PreModelSwitch", nothing],
  ["PostModelSwitch", postModelSwitch],
  ["CwdChanged", cwdChanged],
  ["DirectoryAdded", nothing],
  ["FileChanged", nothing],
  ["ConfigChange", nothing],
  ["WorktreeCreate", nothing],
  ["WorktreeRemove", nothing],
  ["InstructionsLoaded", instructionsLoaded],
]);
