import { str, type Fields } from "./fields.ts";

type PromptOrigin = "human" | "command" | "notification" | "agent";

interface Prompt {
  readonly origin: PromptOrigin;
  readonly text: string;
}

/** A finished background agent, as the client tells the main thread in a prompt of its own. */
interface FinishedAgent {
  readonly agent: string;
  readonly outcome: "completed" | "failed" | "killed";
  readonly summary?: string;
}

/** What the client writes into the place of a prompt though nobody prompted: output of its own commands, and reminders. */
const ownWords = ["<local-command-", "<bash-stdout>", "<bash-stderr>", "<system-reminder>", "Caveat: The messages below"];

/** A prompt as its giver wrote it, or undefined for what only looks like one. */
export function readPrompt(text: string, record: Fields, isSubagent: boolean): Prompt | undefined {
  if (ownWords.some((words) => text.startsWith(words))) return undefined;
  if (isSubagent) return { origin: "agent", text };
  if (text.startsWith("<task-notification>")) return { origin: "notification", text };
  const command = commandOf(text);
  if (command !== undefined) return { origin: "command", text: command };
  const origin = (record["origin"] as Fields | null | undefined)?.["kind"];
  const isClients = record["promptSource"] === "system" || (typeof origin === "string" && origin !== "human");
  return { origin: isClients ? "notification" : "human", text };
}

/** Whose words a prompt is: what the client tells its own agent, such as the end of a background task, is nobody's. */
export function roleOf(origin: PromptOrigin | undefined): "user" | "system" {
  return origin === "notification" ? "system" : "user";
}

export function isInterruptMarker(text: string): boolean {
  return text.startsWith("[Request interrupted");
}

/** What a command of the client printed: with it, the command is over. */
export function isCommandOutput(text: string): boolean {
  return /^<(?:local-command|bash)-std(?:out|err)>/.test(text);
}

/** Slash and shell commands: as typed in hooks, wrapped in tags in transcripts. */
function commandOf(text: string): string | undefined {
  if (/^\/[\w:.-]+(?:\s|$)/.test(text)) return text;
  if (text.startsWith("<bash-input>")) return `! ${tagged(text, "bash-input") ?? ""}`;
  if (!text.startsWith("<command-")) return undefined;
  const name = tagged(text, "command-name");
  if (name === undefined) return undefined;
  const args = tagged(text, "command-args");
  return args === undefined ? name : `${name} ${args}`;
}

/** The background agent that a notification says is over. Other background work has no agent and gives nothing. */
export function finishedAgent(text: string): FinishedAgent | undefined {
  if (!text.startsWith("<task-notification>")) return undefined;
  const agent = tagged(text, "task-id");
  if (agent === undefined || tagged(text, "summary")?.startsWith("Agent ") !== true) return undefined;
  const status = tagged(text, "status");
  const outcome =
    status === "completed"
      ? "completed"
      : status === "failed"
        ? "failed"
        : status === "killed" || status === "stopped"
          ? "killed"
          : undefined;
  return outcome === undefined ? undefined : { agent, outcome, summary: tagged(text, "result") };
}

function tagged(text: string, tag: string): string | undefined {
  const start = text.indexOf(`<${tag}>`);
  if (start < 0) return undefined;
  const end = text.indexOf(`</${tag}>`, start);
  return end < 0 ? undefined : str(text.slice(start + tag.length + 2, end).trim());
}
