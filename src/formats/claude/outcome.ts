import type { CallOutcome } from "../../contract/events/tool.ts";

/** What is known of a call that did not simply succeed. `ran`: the client says that it let the call start. */
interface Failure {
  readonly text: string;
  readonly ran?: boolean;
}

const NOT_STARTED = "<tool_use_error>";

/**
 * Why a call failed, by the words of its result: they are often all there is. `undefined` when the words do not tell a failure that
 * ran from a refusal in someone's own words.
 */
export function outcomeOfText({ text, ran = false }: Failure): CallOutcome | undefined {
  const head = text.slice(0, 400);
  if (head.startsWith(NOT_STARTED)) return outcomeOfTagged(head.slice(NOT_STARTED.length), ran);
  if (/^\[(?:Request|Tool use) interrupted/.test(head)) return "interrupted";
  if (/^(?:Exit code \d+\s+)?Command timed out\b/.test(head) || /^(?:Error: )?MCP error -32001\b/.test(head)) return "timeout";
  if (/^Exit code \d+/.test(head) || missing.test(head)) return "error";
  return refusals.some((refusal) => refusal.test(head)) ? "denied" : undefined;
}

/** Whether a result says that the call was stopped before it began. */
export function isNotStarted(text: string): boolean {
  return text.startsWith(NOT_STARTED);
}

export function exitCodeOf(text: string): number | undefined {
  const found = /^(?:Error: )?Exit code (\d{1,9})\b/.exec(text.slice(0, 40));
  return found === null ? undefined : Number(found[1]);
}

const missing = /^(?:Error: )?(?:File|Path|Directory) does not exist/;

const refusals: readonly RegExp[] = [
  /^The user doesn't want to (?:proceed|take this action)/,
  /^Permission to use .{1,80} has been denied/,
  /^Claude requested permissions? to /,
  /^PreToolUse:\S+ (?:hook|\[)/,
  /^Hook PreToolUse:\S+ denied/,
  /^This command requires approval/,
  /^.{0,200}\bneeds approval\b/,
  /^.{0,200}\bwhile in plan mode\b/,
];

/** Inside the tag are the client's own words: the call was checked and did not start, unless a file turned out to be missing. */
function outcomeOfTagged(words: string, ran: boolean): CallOutcome {
  if (/^(?:Error: )?Cancelled\b|^(?:Error: )?Sibling tool call errored/.test(words)) return "interrupted";
  if (/\bdenied by (?:your|the) permission|\bpermission (?:settings|rules?)\b|has been denied\b/.test(words)) return "denied";
  return ran || missing.test(words) ? "error" : "invalid";
}
