import { createAgentSources, type AgentPlaces } from "../agent-sources.ts";
import { createClaudeFolderFiles } from "../claude/folder-files.ts";
import { createClaudeHooks } from "../claude/hooks.ts";
import type { Intake, Source } from "../source.ts";
import { createSpool } from "../spool.ts";
import { createTranscripts } from "../transcripts/transcripts.ts";

interface Where {
  readonly claudeFolders: readonly string[];
  /** Undefined: a daemon on this machine takes what waits there. */
  readonly spoolFolder: string | undefined;
  readonly places: AgentPlaces;
}

/** Every source of this machine that needs no door: files, servers, and hooks that wait in the spool. */
export function createMachineSources(intake: Intake, { claudeFolders, spoolFolder, places }: Where): readonly Source[] {
  const claude = createClaudeHooks(intake);
  const agents = createAgentSources(intake, spoolFolder, places);
  return [
    createTranscripts({ ...intake, folders: claudeFolders }),
    createClaudeFolderFiles({ ...intake, folders: claudeFolders }),
    ...(spoolFolder === undefined ? [] : [createSpool({ ...intake, folder: spoolFolder, deliver: claude.take })]),
    ...agents.sources,
  ];
}
