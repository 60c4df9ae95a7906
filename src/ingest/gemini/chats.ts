import { join, sep } from "node:path";
import { createChat, type ChatState } from "../../formats/gemini/chat.ts";
import { createFollower, type Follower } from "../jsonl/follow.ts";
import type { Intake } from "../source.ts";
import type { OnceTold } from "../once.ts";

interface Options extends Intake {
  /** Gemini homes (`~/.gemini`); each is watched for until it is there. */
  readonly folders: readonly string[];
  readonly pollMs?: number;
  readonly once?: OnceTold;
}

/** Follows the chat files that Gemini CLI writes: `tmp/<project>/chats/session-*.jsonl`. Older clients wrote one JSON value, which is not read. */
export function createChats({ folders, ...options }: Options): Follower {
  return createFollower<ChatState>({
    ...options,
    name: "gemini chats",
    format: {
      name: "gemini-cli/chat",
      open: (saved) => createChat(saved),
      timeOf: (record) => {
        const { timestamp, startTime } = (record ?? {}) as { readonly timestamp?: unknown; readonly startTime?: unknown };
        return timestamp ?? startTime;
      },
    },
    places: folders.map((folder) => {
      const root = join(folder, "tmp");
      const partsOf = (path: string) => path.slice(root.length + 1).split(sep);
      return {
        root,
        mayHold: (path) => partsOf(path).length === 1 || (partsOf(path).length === 2 && partsOf(path)[1] === "chats"),
        isWanted: (path) => partsOf(path).length === 3 && partsOf(path)[1] === "chats" && path.endsWith(".jsonl"),
      };
    }),
  });
}
