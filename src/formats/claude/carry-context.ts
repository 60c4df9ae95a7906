import type { AgentId, SessionId } from "../../contract/ids.ts";
import { agentId, sessionId } from "./draft.ts";
import { fields, str } from "./fields.ts";

/** Hooks whose answer can give the agent words beside its prompt, and which are delivered over HTTP. */
const carriers: ReadonlySet<string> = new Set(["UserPromptSubmit", "PreToolUse", "PostToolUse", "SubagentStart"]);

export interface ContextCarrier {
  readonly hook: string;
  readonly session_id: SessionId;
  readonly agent_id: AgentId;
}

/** The agent that the answer to this hook can tell something; `undefined` when it can tell nobody. */
export function readCarrier(body: unknown): ContextCarrier | undefined {
  const hook = fields(body);
  const event = str(hook?.["hook_event_name"]);
  const session = str(hook?.["session_id"]);
  if (hook === undefined || event === undefined || session === undefined || !carriers.has(event)) return undefined;
  return { hook: event, session_id: sessionId(session), agent_id: agentId(str(hook["agent_id"])) };
}

/** A hook's answer, with words for the agent. What it says already stays. */
export function withContext(answer: unknown, hook: string, additionalContext: string): object {
  const said = fields(answer) ?? {};
  return { ...said, hookSpecificOutput: { hookEventName: hook, ...fields(said["hookSpecificOutput"]), additionalContext } };
}
