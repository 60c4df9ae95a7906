import { readAsking, type HookAsking, type HookDecision } from "../claude/answer-hook.ts";
import { describeCall, unwrapped } from "./describe-call.ts";
import { fields } from "../fields.ts";

/** What the body of one of Codex's hooks asks: its hooks have Claude Code's shape, its tools their own input. */
export function readCodexAsking(body: unknown): HookAsking | undefined {
  const asking = readAsking(body);
  if (asking === undefined) return undefined;
  const { title, paths } = describeCall(asking.tool, asking.input);
  return {
    ...asking,
    kind: "permission",
    isPut: asking.event === "PermissionRequest",
    ...(title === undefined ? {} : { prompt: title }),
    ...(paths === undefined ? {} : { paths }),
  };
}

/** A call as Codex's hooks tell it: they name every command alike, whatever the model called it by. */
export function asHookTold(name: string, input: unknown): { readonly tool: string; readonly input: unknown } {
  const told = fields(input);
  const command = told?.["cmd"] ?? told?.["command"];
  const words = Array.isArray(command) ? unwrapped(command.filter((word) => typeof word === "string")) : command;
  if (typeof words !== "string" || describeCall(name, input).kind !== "run") return { tool: name, input };
  return { tool: "Bash", input: { command: words } };
}

/** The reply to one of Codex's hooks. It takes yes or no, and refuses a reply that holds more; before a call it takes no only. */
export function writeCodexDecision(event: HookAsking["event"], { behavior, message = "Denied in Orrery." }: HookDecision): object {
  if (event === "PermissionRequest") {
    const decision = behavior === "allow" ? { behavior } : { behavior, message };
    return { hookSpecificOutput: { hookEventName: event, decision } };
  }
  if (behavior === "allow") return {};
  return { hookSpecificOutput: { hookEventName: event, permissionDecision: "deny", permissionDecisionReason: message } };
}

/** Nobody decided: Codex asks at its own prompt when it wants leave. A call about which only a rule wanted somebody asked it would make, so that is denied. */
export function writeCodexUndecided(event: HookAsking["event"], because: string): object {
  return event === "PermissionRequest"
    ? {}
    : writeCodexDecision(event, { behavior: "deny", message: `Nobody answered in Orrery. Asked because of ${because}` });
}
