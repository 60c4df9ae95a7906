import type { CallOutcome } from "../../contract/events/tool.ts";

interface Ending {
  readonly outcome: CallOutcome;
  /** `inferred`: nothing in the answer says that it failed, and nothing says that it did not. */
  readonly certainty?: "inferred";
  readonly exit_code?: number;
}

/** How a call ended, by the words of its answer: rollouts and hooks have nothing else for most tools. */
export function endingOfText(text: string): Ending {
  const head = text.slice(0, 600);
  for (const [words, outcome] of refusals) if (words.test(head)) return { outcome };
  const code = /^(?:Exit code: |(?:.*\n){0,4}Process exited with code )(-?\d{1,9})\b/.exec(head)?.[1];
  if (/\bcommand timed out after \d+/.test(head)) return { outcome: "timeout", ...(code === undefined ? {} : { exit_code: Number(code) }) };
  if (code !== undefined) return endingOfCode(Number(code));
  return { outcome: "ok", certainty: "inferred" };
}

export function endingOfCode(code: number): Ending {
  return { outcome: code === 0 ? "ok" : "error", exit_code: code };
}

/** How a finished item of a command or a change ended. */
export function endingOfItem(status: string | undefined, exitCode: number | undefined): Ending {
  if (status === "declined") return { outcome: "denied" };
  if (exitCode !== undefined) return endingOfCode(exitCode);
  if (status === "failed" || status === "errored") return { outcome: "error" };
  if (status === "interrupted" || status === "aborted") return { outcome: "interrupted" };
  return { outcome: "ok" };
}

const refusals: readonly (readonly [RegExp, CallOutcome])[] = [
  [/^unsupported (?:custom tool )?call\b/, "invalid"],
  [/^(?:failed to parse function arguments|unknown tool|tool \S+ is not available)/i, "invalid"],
  [/^apply_patch verification failed\b/, "invalid"],
  [/^(?:exec command |patch |command )?rejected by (?:the )?user\b/i, "denied"],
  [/^exec_command failed: CreateProcess \{ message: "Rejected\(/, "denied"],
  [/^(?:Command|Tool call) blocked by PreToolUse hook: /, "denied"],
  [/\b(?:rejected by user|approval (?:was )?(?:denied|rejected)|blocked by (?:policy|hook))\b/i, "denied"],
  [/^exec_command failed: /, "error"],
  [/^(?:aborted|interrupted)(?: by (?:the )?user)?\b/i, "interrupted"],
];
