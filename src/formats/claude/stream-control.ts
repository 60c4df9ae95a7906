import type { EventDraft } from "../../contract/events/index.ts";
import { toId } from "../../contract/ids.ts";
import { agentId, fields, str, tell } from "../fields.ts";
import type { StreamLine } from "./stream.ts";

/** A question that waits for its answer. */
export interface Asked {
  readonly call: string | undefined;
  readonly name: string | undefined;
  readonly agent: string | undefined;
}

/** Questions of the agent and their answers, in both directions. An answer is echoed, so it may be seen twice: it is told once. What is open is kept in `asked`. */
export function createControl(asked: Map<string, Asked>): (about: StreamLine) => readonly EventDraft[] | undefined {
  return ({ line, place, key }) => {
    if (line["type"] === "control_cancel_request") return [];
    if (line["type"] === "control_request") {
      const id = str(line["request_id"]);
      const request = fields(line["request"]);
      const subtype = str(request?.["subtype"]);
      if (id === undefined || request === undefined || subtype === undefined) return undefined;
      if (subtype !== "can_use_tool") return sent.has(subtype) ? [] : undefined;
      const question: Asked = { call: str(request["tool_use_id"]), name: str(request["tool_name"]), agent: str(request["agent_id"]) };
      asked.set(id, question);
      const reason = question.name === "AskUserQuestion" ? "question" : question.name === "ExitPlanMode" ? "plan" : "permission";
      return [tell(place, "agent.updated", id, { status: "waiting", reason }, agentId(question.agent))];
    }
    const response = fields(line["response"]);
    const id = str(response?.["request_id"]);
    const question = asked.get(id ?? "");
    if (response === undefined || id === undefined || question === undefined) return response === undefined ? undefined : [];
    const answer = fields(response["response"]);
    const agent = agentId(question.agent);
    asked.delete(id);
    if (answer?.["behavior"] !== "deny" || question.call === undefined)
      return [tell(place, "agent.updated", `${id}:answered`, { status: "working", reason: "answered" }, agent)];
    const denied = { call_id: toId("call", question.call), outcome: "denied" as const, name: question.name, error: str(answer["message"]) };
    return [tell(place, "tool.ended", `${question.call}:${key === place.at ? "answer" : key}`, denied, agent)];
  };
}

/** What a program asks of the process: what it does about it shows in other lines. */
const sent: ReadonlySet<string> = new Set([
  "initialize",
  "interrupt",
  "set_permission_mode",
  "set_model",
  "set_max_thinking_tokens",
  "hook_callback",
  "mcp_message",
  "mcp_status",
  "rewind_files",
]);
