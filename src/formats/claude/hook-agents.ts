import type { Translation } from "../translation.ts";
import { draft, fingerprint, turnId } from "./draft.ts";
import { str } from "./fields.ts";
import type { Hook } from "./hook-body.ts";

export function permissionRequest({ body, place }: Hook): Translation {
  const tool = str(body["tool_name"]);
  const reason = tool === "AskUserQuestion" ? "question" : tool === "ExitPlanMode" ? "plan" : "permission";
  return { events: [draft(place, "agent.updated", fingerprint(place, body), { status: "waiting", reason })] };
}

export function elicitation({ body, place }: Hook): Translation {
  return { events: [draft(place, "agent.updated", fingerprint(place, body), { status: "waiting", reason: "question" })] };
}

export function notification({ body, place }: Hook): Translation | undefined {
  const data = notices.get(str(body["notification_type"]) ?? "");
  return data === undefined ? undefined : { events: [draft(place, "agent.updated", fingerprint(place, body), data)] };
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

const notices: ReadonlyMap<string, { status: "waiting" | "idle"; reason: string }> = new Map([
  ["permission_prompt", { status: "waiting", reason: "permission" }],
  ["agent_needs_input", { status: "waiting", reason: "input" }],
  ["elicitation_dialog", { status: "waiting", reason: "question" }],
  ["idle_prompt", { status: "idle", reason: "prompt" }],
] as const);
