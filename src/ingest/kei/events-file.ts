import { dirname } from "node:path";
import { createKei, type KeiState } from "../../formats/kei/kei.ts";
import { createFollower, type Follower } from "../jsonl/follow.ts";
import type { Intake } from "../source.ts";

interface Options extends Intake {
  /** `KEI_EVENTS_FILE`, else `~/.claude/memory/agent-events.jsonl`; watched for until it is there, never made. */
  readonly path: string;
  readonly pollMs?: number;
}

/** Follows the file into which the kei hooks write, from its start: an agent that began before Orrery did is known. */
export function createKeiFile({ path, ...options }: Options): Follower {
  return createFollower<KeiState>({
    ...options,
    name: "kei events",
    format: { name: "kei/other", open: (saved) => createKei(saved), timeOf: (record) => (record as { readonly ts?: unknown } | null)?.ts },
    places: [{ root: dirname(path), mayHold: () => false, isWanted: (file) => file === path }],
  });
}
