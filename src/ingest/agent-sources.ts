import type { Handlers } from "../contract/operations/index.ts";
import { createStatusLines } from "./claude/status-lines.ts";
import { createCodexHooks } from "./codex/hooks.ts";
import { createRollouts } from "./codex/rollouts.ts";
import { createChats } from "./gemini/chats.ts";
import { createGeminiHooks } from "./gemini/hooks.ts";
import type { Follower } from "./jsonl/follow.ts";
import { createMappedFile } from "./jsonl/mapped-file.ts";
import type { Posted } from "./jsonl/posted.ts";
import { createKeiFile } from "./kei/events-file.ts";
import { createKeiPosted } from "./kei/posted.ts";
import { createMpmBodies } from "./mpm/bodies.ts";
import { createOpencodeEvents } from "./opencode/plugin-events.ts";
import { createOpencodeServer } from "./opencode/server.ts";
import type { AskServer } from "./opencode/waiting.ts";
import { createStreams } from "./jsonl/streams.ts";
import type { Intake, Source } from "./source.ts";
import { createSpool } from "./spool.ts";

/** Where agent programs other than Claude Code leave what they do. */
export interface AgentPlaces {
  readonly codexFolders: readonly string[];
  readonly geminiFolders: readonly string[];
  readonly keiFile: string;
  readonly opencodeUrls: readonly string[];
  readonly mappedFiles: readonly { readonly path: string; readonly mapPath: string }[];
  /** Whether files are followed at all. */
  readonly follow: boolean;
}

type Doors =
  | "ingest.claude_status_line"
  | "ingest.stream"
  | "ingest.codex"
  | "ingest.gemini"
  | "ingest.opencode"
  | "ingest.kei"
  | "ingest.mpm";

export interface AgentSources {
  readonly sources: readonly Source[];
  readonly handlers: Pick<Handlers, Doors>;
  /** Servers whose agents wait for an answer that can be given here. */
  readonly askServers: readonly AskServer[];
  /** What reads the files of a format again, and gives how many of their lines are still not understood. */
  readonly reread: ReadonlyMap<string, () => Promise<number>>;
}

/** The sources of every agent program beside Claude Code's hooks and transcripts. Each sender that may have to wait has a folder whose name begins with `spoolFolder`; undefined: somebody else takes what waits. */
export function createAgentSources(intake: Intake, spoolFolder: string | undefined, places: AgentPlaces): AgentSources {
  const statusLines = createStatusLines(intake);
  const streams = createStreams(intake);
  const codex = createCodexHooks(intake);
  const gemini = createGeminiHooks(intake);
  const opencode = createOpencodeEvents(intake);
  const kei = createKeiPosted(intake);
  const mpm = createMpmBodies(intake);
  const files: readonly Follower[] = places.follow
    ? [
        createRollouts({ ...intake, folders: places.codexFolders }),
        createChats({ ...intake, folders: places.geminiFolders }),
        ...places.mappedFiles.map((file) => createMappedFile({ ...intake, ...file })),
      ]
    : [];
  const keiFile = places.follow ? [createKeiFile({ ...intake, path: places.keiFile })] : [];
  const servers = places.opencodeUrls.map((url) => createOpencodeServer({ ...intake, url }));
  return {
    sources: [
      statusLines,
      ...spoolOf("claude-status", statusLines),
      codex,
      ...spoolOf("codex", codex),
      gemini,
      ...spoolOf("gemini", gemini),
      opencode,
      ...servers,
      kei,
      ...keiFile,
      mpm,
      ...streams.sources,
      ...files,
    ],
    handlers: {
      "ingest.claude_status_line": statusLines.handle,
      "ingest.codex": codex.handle,
      "ingest.gemini": gemini.handle,
      "ingest.opencode": opencode.handle,
      "ingest.kei": kei.handle,
      "ingest.mpm": mpm.handle,
      "ingest.stream": streams.handle,
    },
    askServers: servers.flatMap(({ asks }) => asks ?? []),
    reread: new Map(files.map((follower) => [follower.status().format, follower.reread])),
  };

  function spoolOf(sender: string, { take, status }: Posted): Source[] {
    if (spoolFolder === undefined) return [];
    const { format } = status();
    return [createSpool({ ...intake, name: `${sender} spool`, format, folder: `${spoolFolder}-${sender}`, deliver: take })];
  }
}
