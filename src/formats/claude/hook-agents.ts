import type { AskKind, AskOutcome } from "../../contract/events/ask.ts";
import { toId } from "../../contract/ids.ts";
import type { Translation } from "../translation.ts";
import { askKind, describeCall } from "./describe-call.ts";
import { draft, fingerprint, turnId, type Place } from "./draft.ts";
import { str, type Fields } from "./fields.ts";
import type { Hook } from "./hook-body.ts";

export function permissionRequest({ body, place }: Hook): Translation {
  const tool = str(body["tool_name"]);
  const input = body["tool_input"];
  const prompt = tool === undefined ? undefined : describeCall(tool, input).title;
  const key = fingerprint(place, body);
  return { events: [draft(place, "ask.opened", key, { ask_id: toId("ask", key), kind: askKind(tool), tool, input, prompt })] };
}

export function elicitation({ body, place }: Hook): Translation {
  const key = elicitationKey(place, body);
  const data = {
    ask_id: toId("ask", key),
    kind: "question" as const,
    tool: serverOf(body),
    prompt: str(body["message"]),
    schema: body["requested_schema"],
  };
  return { events: [draft(place, "ask.opened", key, data)] };
}

const elicited: Readonly<Record<string, AskOutcome>> = { accept: "answered", decline: "denied", cancel: "cancelled" };

/** What the server is about to get for an answer. What was filled in stays between the two. */
export function elicitationResult({ body, place }: Hook): Translation | undefined {
  const outcome = elicited[str(body["action"]) ?? ""];
  if (outcome === undefined) return undefined;
  const key = elicitationKey(place, body);
  const data = { ask_id: toId("ask", key), kind: "question" as const, tool: serverOf(body), outcome, by: "user" };
  return { events: [draft(place, "ask.answered", key, data)] };
}

function elicitationKey(place: Place, body: Fields): string {
  return str(body["elicitation_id"]) ?? fingerprint(place, body);
}

/** Of a question of a server only the server is known. */
function serverOf(body: Fields): string | undefined {
  const server = str(body["mcp_server_name"]);
  return server === undefined ? undefined : `mcp__${server}`;
}

export function notification({ body, place }: Hook): Translation | undefined {
  const type = str(body["notification_type"]) ?? "";
  const key = fingerprint(place, body);
  if (type === "idle_prompt") return { events: [draft(place, "agent.updated", key, { status: "idle", reason: "prompt" })] };
  const kind = notices.get(type);
  if (kind === undefined) return undefined;
  return { events: [draft(place, "ask.opened", key, { ask_id: toId("ask", key), kind })] };
}

export function subagentStart({ body, place, promptId, foreignAgent }: Hook): Translation | undefined {
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
export function subagentStop({ body, place, foreignAgent }: Hook): Translation | undefined {
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

/** Notices that somebody is waited for: of an ask that other hooks tell, unless they are not connected. */
const notices: ReadonlyMap<string, AskKind> = new Map([
  ["permission_prompt", "permission"],
  ["agent_needs_input", "question"],
  ["elicitation_dialog", "question"],
]);
