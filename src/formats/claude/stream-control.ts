import type { AskOutcome } from "../../contract/events/ask.ts";
import type { EventDraft } from "../../contract/events/index.ts";
import { toId } from "../../contract/ids.ts";
import { agentId, fields, list, str, tell, type Fields } from "../fields.ts";
import { askKind, describeCall } from "./describe-call.ts";
import type { StreamLine } from "./stream.ts";

/** A question that waits for its answer. */
export interface Asked {
  readonly call: string | undefined;
  readonly name: string | undefined;
  readonly agent: string | undefined;
  readonly input: unknown;
}

/** Questions of the agent and their answers, in both directions. An answer is echoed, so it may be seen twice: it is told once. What is open is kept in `asked`. */
export function createControl(asked: Map<string, Asked>): (about: StreamLine) => readonly EventDraft[] | undefined {
  return ({ line, place, key }) => {
    if (line["type"] === "control_cancel_request") {
      const id = str(line["request_id"]);
      const question = asked.get(id ?? "");
      if (id === undefined || question === undefined) return [];
      asked.delete(id);
      return [tell(place, "ask.withdrawn", id, { ask_id: toId("ask", id) }, agentId(question.agent))];
    }
    if (line["type"] === "control_request") {
      const id = str(line["request_id"]);
      const request = fields(line["request"]);
      const subtype = str(request?.["subtype"]);
      if (id === undefined || request === undefined || subtype === undefined) return undefined;
      if (subtype !== "can_use_tool") return sent.has(subtype) ? [] : undefined;
      const question: Asked = {
        call: str(request["tool_use_id"]),
        name: str(request["tool_name"]),
        agent: str(request["agent_id"]),
        input: request["input"],
      };
      asked.set(id, question);
      const { call, name: tool, input } = question;
      const data = {
        ask_id: toId("ask", id),
        kind: askKind(tool),
        call_id: call === undefined ? undefined : toId("call", call),
        tool,
        input,
        prompt: tool === undefined ? undefined : describeCall(tool, input).title,
      };
      return [tell(place, "ask.opened", id, data, agentId(question.agent))];
    }
    const response = fields(line["response"]);
    const id = str(response?.["request_id"]);
    const question = asked.get(id ?? "");
    if (response === undefined || id === undefined || question === undefined) return response === undefined ? undefined : [];
    const answer = fields(response["response"]);
    const agent = agentId(question.agent);
    asked.delete(id);
    const decided = {
      ask_id: toId("ask", id),
      outcome: outcomeOf(answer, question),
      answer: answer?.["updatedInput"],
      message: str(answer?.["message"]),
      by: "user",
      door: "control",
    };
    const answered = tell(place, "ask.answered", id, decided, agent);
    if (answer?.["behavior"] !== "deny" || question.call === undefined) return [answered];
    const denied = { call_id: toId("call", question.call), outcome: "denied" as const, name: question.name, error: str(answer["message"]) };
    return [answered, tell(place, "tool.ended", `${question.call}:${key === place.at ? "answer" : key}`, denied, agent)];
  };
}

function outcomeOf(answer: Fields | undefined, { name, input }: Asked): AskOutcome {
  if (answer?.["behavior"] === "deny") return "denied";
  if (answer?.["behavior"] !== "allow") return "unknown";
  if (askKind(name) === "question") return "answered";
  if (list(answer["updatedPermissions"]).length > 0) return "always";
  const updated = answer["updatedInput"];
  return updated === undefined || JSON.stringify(updated) === JSON.stringify(input) ? "allowed" : "edited";
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
