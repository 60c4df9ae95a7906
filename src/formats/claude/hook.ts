import type { Translation } from "../translation.ts";
import { agentId, kept, sessionId, type Place } from "./draft.ts";
import { fields, str, time } from "./fields.ts";
import { elicitation, elicitationResult, notification, permissionRequest, subagentStart, subagentStop } from "./hook-agents.ts";
import { problem, type HookReader } from "./hook-body.ts";
import {
  compact,
  cwdChanged,
  instructionsLoaded,
  messageDisplay,
  postModelSwitch,
  sessionEnd,
  sessionStart,
  stop,
  stopFailure,
  userPromptExpansion,
  userPromptSubmit,
} from "./hook-session.ts";
import { permissionDenied, postToolBatch, postToolUse, postToolUseFailure, preToolUse } from "./hook-tools.ts";

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

const nothing: HookReader = () => undefined;

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
  ["ElicitationResult", elicitationResult],
  ["SubagentStart", subagentStart],
  ["SubagentStop", subagentStop],
  ["TeammateIdle", nothing],
  // Asked before the task is made or completed, and either may still be refused: the call's end says that it was done.
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
