import type { AskKind, AskQuestion } from "../../contract/events/ask.ts";
import { toId, type AgentId, type CallId, type SessionId } from "../../contract/ids.ts";
import { askKind, describeCall } from "./describe-call.ts";
import { agentId, sessionId } from "./draft.ts";
import { fields, str, type Fields } from "./fields.ts";

/** A hook whose reply decides about a call. `isPut` says that the client puts it to a person now, if nobody decides before. */
export interface HookAsking {
  readonly event: "PreToolUse" | "PermissionRequest";
  readonly session_id: SessionId;
  readonly agent_id: AgentId;
  readonly cwd?: string;
  readonly call_id?: CallId;
  readonly kind: AskKind;
  readonly tool: string;
  readonly input: unknown;
  readonly prompt: string;
  readonly questions?: readonly AskQuestion[];
  readonly suggestions?: readonly unknown[];
  /** Files that it names, where its input does not say so in the usual way. */
  readonly paths?: readonly string[];
  readonly isPut: boolean;
}

/** What was decided about a call. `remember`: rules for the client to keep, in its own form. */
export interface HookDecision {
  readonly behavior: "allow" | "deny";
  readonly message?: string;
  readonly input?: unknown;
  readonly remember?: readonly unknown[];
}

/** What the body of a hook asks; `undefined` when its reply decides nothing. Read from Claude Code and from programs with hooks of its shape. */
export function readAsking(body: unknown): HookAsking | undefined {
  const hook = fields(body);
  if (hook === undefined) return undefined;
  const event = str(hook["hook_event_name"]);
  const session = str(hook["session_id"]);
  const tool = str(hook["tool_name"]);
  if ((event !== "PreToolUse" && event !== "PermissionRequest") || session === undefined || tool === undefined) return undefined;
  const input = hook["tool_input"];
  const kind = askKind(tool);
  const questions = kind === "question" ? questionsOf(input) : undefined;
  const call = str(hook["tool_use_id"]);
  const cwd = str(hook["cwd"]);
  const suggestions = hook["permission_suggestions"];
  return {
    event,
    session_id: sessionId(session),
    agent_id: agentId(str(hook["agent_id"])),
    kind,
    tool,
    input,
    prompt: describeCall(tool, input).title ?? tool,
    // Questions are answered by another input, which the client takes before it would show them.
    isPut: kind === "question" ? event === "PreToolUse" : event === "PermissionRequest",
    ...(cwd === undefined ? {} : { cwd }),
    ...(call === undefined ? {} : { call_id: toId("call", call) }),
    ...(questions === undefined ? {} : { questions }),
    ...(Array.isArray(suggestions) ? { suggestions } : {}),
  };
}

function questionsOf(input: unknown): AskQuestion[] | undefined {
  const questions = fields(input)?.["questions"];
  if (!Array.isArray(questions)) return undefined;
  return questions.flatMap((each) => {
    const { question, header, options, multiSelect } = fields(each) ?? {};
    if (typeof question !== "string") return [];
    const choices = (Array.isArray(options) ? options : []).map(fields).filter((option) => option !== undefined);
    return {
      question,
      ...(typeof header === "string" ? { header } : {}),
      options: choices.map((option) => ({ label: str(option["label"]) ?? "", ...describedBy(option) })).filter(({ label }) => label !== ""),
      ...(multiSelect === true ? { is_multiple: true } : {}),
    };
  });
}

function describedBy(option: Fields): { readonly description?: string } {
  const description = str(option["description"]);
  return description === undefined ? {} : { description };
}

/** Answers to questions, put into the input of the call that asks them. Several choices of one question are joined as the client does. */
export function inputWithAnswers(input: unknown, value: unknown): unknown {
  const given = fields(value) ?? {};
  const answers = Object.fromEntries(
    Object.entries(given).map(([question, answer]) => [question, Array.isArray(answer) ? answer.join(", ") : String(answer)]),
  );
  return { ...fields(input), answers };
}

/** The reply to a hook: a decision in the hook's own form. */
export function writeDecision(event: HookAsking["event"], { behavior, message, input, remember }: HookDecision): object {
  const updatedInput = behavior === "allow" && input !== undefined ? { updatedInput: input } : {};
  if (event === "PreToolUse") {
    const reason = message === undefined ? {} : { permissionDecisionReason: message };
    return { hookSpecificOutput: { hookEventName: event, permissionDecision: behavior, ...reason, ...updatedInput } };
  }
  const updatedPermissions = behavior === "allow" ? (remember ?? []).filter(isUpdate) : [];
  const decision =
    behavior === "deny"
      ? { behavior, message: message ?? "Denied in Orrery." }
      : { behavior, ...updatedInput, ...(updatedPermissions.length === 0 ? {} : { updatedPermissions }) };
  return { hookSpecificOutput: { hookEventName: event, decision } };
}

/** The reply by which a person is asked at the client's own prompt, also about what its settings allow. */
export function writeAskThere(event: HookAsking["event"], because: string): object {
  // A client that asks for leave asks at its prompt when it gets none.
  if (event === "PermissionRequest") return {};
  return {
    hookSpecificOutput: { hookEventName: event, permissionDecision: "ask", permissionDecisionReason: `Asked because of ${because}` },
  };
}

const updates: ReadonlySet<unknown> = new Set([
  "addRules",
  "replaceRules",
  "removeRules",
  "setMode",
  "addDirectories",
  "removeDirectories",
]);

/** A permission update as Claude Code suggests and takes them. */
function isUpdate(value: unknown): boolean {
  const update = fields(value);
  return update !== undefined && updates.has(update["type"]) && typeof update["destination"] === "string";
}
