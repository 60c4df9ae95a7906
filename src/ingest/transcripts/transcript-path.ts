import { basename, dirname, sep } from "node:path";

/** What a path below a `projects` folder is for. `session` names the files that are read together. */
export interface TranscriptPath {
  readonly kind: "main" | "agent" | "meta";
  readonly session: string;
  readonly sessionId?: string;
  readonly agentId?: string;
}

/**
 * `<project>/<session>.jsonl` is a session, `<project>/<session>/subagents/.../agent-<id>.jsonl` one of its agents, `agent-<id>.meta.json`
 * what is known of that agent from its start. Older clients put the agent's file beside the session's.
 */
export function transcriptPath(root: string, path: string): TranscriptPath | undefined {
  const parts = path.slice(root.length + 1).split(sep);
  const [project, session] = parts;
  const name = parts.at(-1)!;
  if (project === undefined || session === undefined) return undefined;
  const agentId = /^agent-(.+?)(?:\.meta\.json|\.jsonl)$/.exec(name)?.[1];
  if (parts.length === 2) {
    if (!name.endsWith(".jsonl")) return undefined;
    if (agentId !== undefined) return { kind: "agent", session: path, agentId };
    const sessionId = name.slice(0, -".jsonl".length);
    return { kind: "main", session: `${dirname(path)}${sep}${sessionId}`, sessionId };
  }
  if (agentId === undefined || parts[2] !== "subagents") return undefined;
  const key = [root, project, session].join(sep);
  return { kind: name.endsWith(".meta.json") ? "meta" : "agent", session: key, sessionId: basename(key), agentId };
}

/** Whether a folder at this depth below `projects` may hold transcripts. */
export function mayHoldTranscripts(root: string, folder: string): boolean {
  const parts = folder.slice(root.length + 1).split(sep);
  return parts.length <= 2 || (parts[2] === "subagents" && parts.length <= 7);
}
