import { readAsking, type HookAsking, type HookDecision } from "../claude/answer-hook.ts";
import { describeCall } from "./describe-call.ts";

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
