import { createOpencode, type OpencodeState } from "../../formats/opencode/opencode.ts";
import { createPosted, noteMemory, type Posted } from "../jsonl/posted.ts";
import type { Intake } from "../source.ts";

/**
 * Events that our plugin inside opencode hands on, each as the server tells it. A body `{sessions: [...]}` is the server's list of
 * sessions: only there do children name their parents.
 */
export function createOpencodeEvents({ append, clock, notes }: Pick<Intake, "append" | "clock" | "notes">): Posted {
  return createPosted<OpencodeState>({
    append,
    clock,
    name: "opencode plugin",
    format: "opencode/sse",
    open: (saved) => {
      const opencode = createOpencode(saved === undefined ? {} : { saved });
      return {
        get state() {
          return opencode.state;
        },
        translate(body, receivedAt) {
          const sessions = (body as { readonly sessions?: unknown } | null)?.sessions;
          return Array.isArray(sessions) ? opencode.sessions(sessions, receivedAt) : opencode.event(body, receivedAt);
        },
      };
    },
    memory: noteMemory<OpencodeState>(notes, "posted:opencode"),
  });
}
