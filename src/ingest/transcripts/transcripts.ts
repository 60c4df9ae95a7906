import { createTally, type Intake, type Source } from "../source.ts";

interface Options extends Intake {
  /** Claude Code config folders; each is watched for until it is there. */
  readonly folders: readonly string[];
}

/** Follows the transcripts that Claude Code writes, those of the past included. */
export function createTranscripts(options: Options): Source {
  const tally = createTally("claude-code transcripts", "claude-code/transcript", options.clock);
  return { run: async () => undefined, stop: async () => undefined, status: () => tally.status("waiting") };
}
