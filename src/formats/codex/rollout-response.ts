import type { EventDraft } from "../../contract/events/index.ts";
import { toId } from "../../contract/ids.ts";
import { fields, list, nothing, parsed, problem, str, tell, textOf, type Fields } from "../fields.ts";
import { planOf } from "../plan.ts";
import { describeCall } from "./describe-call.ts";
import { endingOfItem, endingOfText } from "./outcome.ts";
import { turnId, type Line, type Read } from "./rollout-state.ts";
import { imagesIn } from "../images.ts";

/** What the model said, asked for and was answered; `undefined` for a kind that is not known here. */
export function readResponse(kind: string, line: Line): Read | undefined {
  switch (kind) {
    case "message":
      return message(line);
    case "reasoning":
      return reasoning(line);
    case "function_call":
    case "custom_tool_call":
    case "local_shell_call":
    case "tool_search_call":
      return started(kind, line);
    case "function_call_output":
    case "custom_tool_call_output":
    case "tool_search_output":
      return ended(line);
    case "web_search_call":
      return webSearch(line);
    // Told better elsewhere: a child's report ends the child, a compaction has a line of its own.
    case "agent_message":
    // Tools that the request offered; no call of them.
    case "additional_tools":
    case "ghost_snapshot":
    case "compaction":
    case "compaction_summary":
    case "context_compaction":
    case "other":
      return nothing;
    default:
      return undefined;
  }
}

function message({ place, payload, turn }: Line): Read {
  const role = str(payload["role"]);
  const text = textOf(payload["content"]);
  const images = imagesIn(payload["content"]);
  if ((text === "" && images.length === 0) || (role !== "user" && role !== "assistant") || (role === "user" && !isPrompt(payload, text)))
    return nothing;
  const id = str(payload["id"]) ?? `${turn ?? ""}:${place.at}:${role}`;
  const turn_id = turnId(turn);
  const parts = [...(text === "" ? [] : [{ kind: "text" as const, text }]), ...images];
  const said = tell(place, "message.added", id, { message_id: toId("msg", id), role, parts, turn_id });
  if (role === "assistant" || turn === undefined) return { events: [said] };
  return { events: [tell(place, "turn.started", `${turn}:prompt`, { turn_id: toId("trn", turn), prompt: text }), said] };
}

/** The client writes its own notes in the place of the user. Newer files say what each piece is; in older ones only its words tell. */
function isPrompt(payload: Fields, text: string): boolean {
  const kinds = fields(payload["internal_chat_message_metadata_passthrough"])?.["content_item_kinds"];
  if (Array.isArray(kinds)) return kinds.some((kind) => typeof kind === "string" && kind.startsWith("user."));
  return !/^(?:<(?:environment_context|user_instructions|permissions|skills|turn_aborted|user_shell_command|subagent_notification)\b|# AGENTS\.md )/.test(
    text,
  );
}

function reasoning({ place, payload, turn }: Line): Read {
  const text = textOf(payload["summary"]);
  const id = str(payload["id"]);
  if (text === "" || id === undefined) return nothing;
  const data = {
    message_id: toId("msg", id),
    role: "assistant" as const,
    parts: [{ kind: "thinking" as const, text }],
    turn_id: turnId(turn),
  };
  return { events: [tell(place, "message.added", id, data)] };
}

function started(kind: string, { state, place, payload, turn }: Line): Read {
  const id = str(payload["call_id"]) ?? str(payload["id"]);
  const name = kind === "local_shell_call" ? "local_shell" : kind === "tool_search_call" ? "tool_search" : str(payload["name"]);
  if (id === undefined || name === undefined) return problem(`${kind} without call_id or name`);
  const input = parsed(payload["arguments"] ?? payload["input"] ?? payload["action"]);
  const { kind: does, title, paths } = describeCall(name, input);
  const data = { call_id: toId("call", id), name, kind: does, title, paths, input, turn_id: turnId(turn) };
  const events: EventDraft[] = [tell(place, "tool.started", id, data)];
  const todos = planOf(name, input);
  if (todos !== undefined) events.push(tell(place, "todo.listed", id, { call_id: data.call_id, todos }));
  if (does !== "agent") return { events };
  const given = fields(input);
  const task = { name: str(given?.["task_name"]), text: str(given?.["message"]) ?? str(given?.["prompt"]) };
  return { events, learnt: { tasks: { ...state.tasks, [id]: task } } };
}

function ended({ place, payload, turn }: Line): Read {
  const id = str(payload["call_id"]);
  if (id === undefined) return problem("an answer without call_id");
  const answer = fields(payload["output"]);
  const output = answer === undefined ? payload["output"] : (answer["content"] ?? answer);
  const text = typeof output === "string" ? output : textOf(output);
  const ending = answer?.["success"] === false ? { outcome: "error" as const } : endingOfText(text);
  const error = ending.outcome === "ok" ? undefined : str(text);
  return { events: [tell(place, "tool.ended", id, { call_id: toId("call", id), output, error, turn_id: turnId(turn), ...ending })] };
}

/** A search that the provider runs: told once, when it is over. */
function webSearch({ place, payload, turn }: Line): Read {
  const id = str(payload["call_id"]) ?? str(payload["id"]);
  if (id === undefined) return nothing;
  const call_id = toId("call", id);
  const input = fields(payload["action"]) ?? {};
  const title = str(input["query"]) ?? list(input["queries"]).find((query) => typeof query === "string");
  const ending = endingOfItem(str(payload["status"]), undefined);
  return {
    events: [
      tell(place, "tool.started", id, {
        call_id,
        name: "web_search",
        kind: "web",
        title: title?.slice(0, 200),
        input,
        turn_id: turnId(turn),
      }),
      tell(place, "tool.ended", id, { call_id, turn_id: turnId(turn), ...ending }),
    ],
  };
}
