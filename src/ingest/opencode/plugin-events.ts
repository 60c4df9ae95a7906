import { createOpencode, type OpencodeState } from "../../formats/opencode/opencode.ts";
import { createPosted, noteMemory, type Posted } from "../jsonl/posted.ts";
import type { Intake } from "../source.ts";

interface State {
  readonly opencode: OpencodeState;
  /** The last events read: one that is delivered again is no second change. */
  readonly seen: readonly string[];
}

const MAX_SEEN = 500;

/**
 * Events that our plugin inside opencode hands on, each as the server tells it. A body `{sessions: [...]}` is the server's list of
 * sessions: only there do children name their parents.
 */
export function createOpencodeEvents({ append, clock, notes }: Pick<Intake, "append" | "clock" | "notes">): Posted {
  return createPosted<State>({
    append,
    clock,
    name: "opencode plugin",
    format: "opencode/sse",
    open: (saved) => {
      const opencode = createOpencode(saved === undefined ? {} : { saved: saved.opencode });
      let state: State = { opencode: opencode.state, seen: saved?.seen ?? [] };
      return {
        get state() {
          return state;
        },
        translate(body, receivedAt) {
          const { sessions, id } = (body ?? {}) as { readonly sessions?: unknown; readonly id?: unknown };
          if (typeof id === "string" && state.seen.includes(id)) return { events: [] };
          const told = Array.isArray(sessions) ? opencode.sessions(sessions, receivedAt) : opencode.event(body, receivedAt);
          // Pieces of words come by the hundred and say nothing: only what changed something is remembered.
          if (opencode.state !== state.opencode || told.events.length > 0)
            state = { opencode: opencode.state, seen: typeof id === "string" ? [...state.seen, id].slice(-MAX_SEEN) : state.seen };
          return told;
        },
      };
    },
    memory: noteMemory<State>(notes, "posted:opencode"),
  });
}
