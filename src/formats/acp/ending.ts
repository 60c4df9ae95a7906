import type { CallOutcome } from "../../contract/events/tool.ts";
import { exitCodeOf, outcomeOfText } from "../claude/outcome.ts";
import { fields, integer, list, str, type Fields } from "../fields.ts";
import { outcomeOfError } from "../opencode/describe-call.ts";
import type { Profile } from "./profile.ts";

interface Ending {
  readonly outcome: CallOutcome;
  readonly certainty?: "inferred";
  readonly exit_code?: number;
}

/** What is known of a call beside its last update. */
interface Known {
  readonly kind: string | undefined;
  readonly isRefused: boolean;
  readonly isCancelled: boolean;
  readonly isUnavailable: boolean;
}

/** How a call ended. The protocol has `completed` and `failed` only: refusals, cancels and wrong requests all fail. */
export function endingOf(profile: Profile, update: Fields, text: string, known: Known): Ending {
  const exit_code = exitCode(update) ?? (profile.app === "claude-code" ? exitCodeOf(text) : undefined);
  const code = exit_code === undefined ? {} : { exit_code };
  if (known.isUnavailable) return { outcome: "invalid" };
  if (update["status"] === "completed") {
    if (exit_code !== undefined) return { outcome: exit_code === 0 ? "ok" : "error", ...code };
    // A command that completed without a word of how is a success by inference only.
    const isSilent = known.kind === "run" && profile.app === "gemini-cli";
    return isSilent ? { outcome: "ok", certainty: "inferred" } : { outcome: "ok" };
  }
  if (known.isRefused) return { outcome: "denied" };
  const notRun = str(fields(fields(update["_meta"])?.["claudeCode"])?.["nonExecutionKind"]);
  if (notRun === "permission-rule") return { outcome: "denied" };
  if (known.isCancelled || /\bstopped while running\b/.test(text)) return { outcome: "interrupted" };
  if (notRun === "user-rejected") return { outcome: "denied" };
  if (profile.app === "claude-code") return { outcome: outcomeOfText({ text }) ?? "error", ...code };
  if (profile.app === "opencode") return { outcome: outcomeOfError(text), ...code };
  return { outcome: "error", ...code };
}

function exitCode(update: Fields): number | undefined {
  const output = fields(update["rawOutput"]);
  return (
    integer(fields(fields(update["_meta"])?.["terminal_exit"])?.["exit_code"]) ??
    integer(fields(output?.["metadata"])?.["exit"]) ??
    integer(output?.["exitCode"]) ??
    integer(output?.["exit_code"])
  );
}

/** The words of an answer: its raw form where it has one, else what is shown. */
export function textOfUpdate(update: Fields): string {
  const raw = update["rawOutput"];
  if (typeof raw === "string") return raw;
  const told = fields(raw);
  const own = str(told?.["error"]) ?? str(told?.["output"]) ?? str(told?.["formatted_output"]);
  if (own !== undefined) return own;
  const blocks = Array.isArray(raw) ? raw : list(update["content"]).map((block) => fields(block)?.["content"]);
  return blocks
    .map((block) => str(fields(block)?.["text"]))
    .filter((text) => text !== undefined)
    .join("\n");
}
