import type { CallKind } from "../../contract/events/tool.ts";
import { describeCall as describeClaude } from "../claude/describe-call.ts";
import { describeCall as describeCodex } from "../codex/describe-call.ts";
import { fields, str, type Fields } from "../fields.ts";
import { describeCall as describeGemini } from "../gemini/describe-call.ts";
import { describeCall as describeOpencode } from "../opencode/describe-call.ts";

/** What differs between the agents behind the protocol: how they name tools, and which of their ids other sources of theirs know. */
export interface Profile {
  readonly app: string;
  /** Ids of answers are those of model requests in the agent's own files. */
  readonly hasRequestIds: boolean;
  /** A prompt's usage is that of its last request only. */
  readonly isUsageOfLastRequest?: boolean;
  /** The model's word for a tool, where an update tells it. */
  readonly nameOf: (update: Fields) => string | undefined;
  readonly describe: (name: string, input: unknown) => { kind: CallKind; title?: string; paths?: readonly string[] };
  /** The tools that start an agent. */
  readonly spawns: (name: string) => boolean;
}

const claude: Profile = {
  app: "claude-code",
  hasRequestIds: true,
  nameOf: (update) => str(update["name"]) ?? str(fields(fields(update["_meta"])?.["claudeCode"])?.["toolName"]),
  describe: describeClaude,
  spawns: (name) => name === "Agent" || name === "Task",
};

const codex: Profile = {
  app: "codex",
  hasRequestIds: false,
  // Live updates name no tool; their kind tells a command from a patch.
  nameOf: (update) =>
    str(update["name"]) ?? (update["kind"] === "execute" ? "exec_command" : update["kind"] === "edit" ? "apply_patch" : undefined),
  describe: describeCodex,
  spawns: (name) => name === "spawn_agent",
};

const opencode: Profile = {
  app: "opencode",
  hasRequestIds: true,
  isUsageOfLastRequest: true,
  // The first title of a call is its tool; a tool that does not exist is named in its input.
  nameOf(update) {
    const input = fields(update["rawInput"]);
    const asked = str(input?.["tool"]);
    if (asked !== undefined && str(input?.["error"]) !== undefined) return asked;
    const title = str(update["title"]);
    return update["sessionUpdate"] === "tool_call" && title !== "invalid" ? title : undefined;
  },
  describe: describeOpencode,
  spawns: (name) => name === "task",
};

const gemini: Profile = {
  app: "gemini-cli",
  hasRequestIds: false,
  nameOf: (update) => /^([a-z][a-z_]*?)(?:__|-\d)/.exec(str(update["toolCallId"]) ?? "")?.[1],
  describe: describeGemini,
  spawns: (name) => name === "delegate_to_agent" || name === "invoke_agent",
};

export function profileOf(agentInfo: Fields | undefined): Profile {
  const name = str(agentInfo?.["name"]) ?? "acp";
  const known = (
    [
      [/claude/i, claude],
      [/codex/i, codex],
      [/opencode/i, opencode],
      [/gemini/i, gemini],
    ] as const
  ).find(([words]) => words.test(name));
  if (known !== undefined) return known[1];
  const app =
    name
      .replace(/^@[^/]*\//, "")
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, "-")
      .slice(0, 50) || "acp";
  return {
    app,
    hasRequestIds: false,
    nameOf: (update) => str(update["name"]),
    describe: (tool) => ({ kind: tool.startsWith("mcp__") ? "mcp" : "other" }),
    spawns: () => false,
  };
}
