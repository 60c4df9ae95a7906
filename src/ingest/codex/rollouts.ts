import { join } from "node:path";
import { createRollout } from "../../formats/codex/rollout.ts";
import type { RolloutState } from "../../formats/codex/rollout-state.ts";
import { createFollower, type Follower } from "../jsonl/follow.ts";
import type { Intake } from "../source.ts";
import type { OnceTold } from "../once.ts";

interface Options extends Intake {
  /** Codex homes (`CODEX_HOME`, `~/.codex`); each is watched for until it is there. */
  readonly folders: readonly string[];
  readonly pollMs?: number;
  readonly once?: OnceTold;
}

/** Follows the session files that Codex writes. The files of agents are read with that of the session they belong to. */
export function createRollouts({ folders, ...options }: Options): Follower {
  return createFollower<RolloutState | undefined>({
    ...options,
    name: "codex rollouts",
    format: { name: "codex/rollout", open: (saved) => createRollout(saved), groupOf: (state) => state?.session },
    places: folders.map((folder) => ({
      root: join(folder, "sessions"),
      mayHold: () => true,
      isWanted: (path) => /[/\\]rollout-[^/\\]*\.jsonl$/.test(path),
    })),
  });
}
