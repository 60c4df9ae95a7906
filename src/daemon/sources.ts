import { join } from "node:path";
import type { Config } from "../contract/config.ts";
import {
  createAgentSources,
  createClaudeFolderFiles,
  createClaudeHooks,
  createOtlpSource,
  createSpool,
  createTranscripts,
  type Source,
} from "../ingest/index.ts";
import { agentPlaces } from "./agent-places.ts";
import { claudeFolders } from "./claude-folders.ts";

type Intake = Parameters<typeof createClaudeHooks>[0] & Parameters<typeof createAgentSources>[0] & Parameters<typeof createTranscripts>[0];

/** Every source that the settings ask for, not yet running, and those of them that doors hand things to. */
export function openSources({
  intake,
  home,
  config,
  env,
}: {
  readonly intake: Omit<Intake, "folders">;
  readonly home: string;
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
}) {
  const hooks = createClaudeHooks(intake);
  const spoolFolder = join(home, "spool");
  const agents = createAgentSources(intake, spoolFolder, agentPlaces(config, env));
  const otlp = createOtlpSource(intake);
  const claude = config.transcripts ? { ...intake, folders: claudeFolders(config, env) } : undefined;
  const sources: readonly Source[] = [
    hooks,
    createSpool({ ...intake, folder: spoolFolder, deliver: hooks.take }),
    ...(claude === undefined ? [] : [createTranscripts(claude), createClaudeFolderFiles(claude)]),
    ...agents.sources,
    ...otlp.sources,
  ];
  return { hooks, agents, otlp, sources };
}
