import type { EventOf, StoredEvent } from "../contract/events/index.ts";
import type { ContextReport } from "../contract/events/session.ts";
import type { ProjectId, SessionId } from "../contract/ids.ts";
import { earlier, later, refresh, type Dated } from "./fuse.ts";
import type { Projection } from "./projection.ts";

/** What is known about a session itself. Times are RFC 3339. */
export interface Facts extends Dated {
  readonly app?: string;
  readonly app_version?: string;
  readonly project_id?: ProjectId;
  readonly project?: string;
  readonly cwd?: string;
  readonly model?: string;
  readonly title?: string;
  readonly git_branch?: string;
  readonly permission_mode?: string;
  readonly transcript_path?: string;
  readonly resumed_from?: SessionId;
  /** What the agent program says of the main agent's context. */
  readonly context?: ContextReport;
  readonly end_reason?: string;
  readonly first_at?: string;
  readonly last_at?: string;
  /** Latest sign of a process, prompt or call beginning; the session is over when `ended_at` is not before it. */
  readonly begun_at?: string;
  readonly ended_at?: string;
}

export const factsProjection: Projection<Facts> = {
  name: "facts",
  initial: { as_of: {} },
  apply(facts, event) {
    const spanned = span(facts, event.timestamp);
    switch (event.type) {
      case "session.started":
        return begin(refresh(spanned, known(event), event.timestamp), event.timestamp);
      case "session.updated":
        return refresh(spanned, known(event), event.timestamp);
      case "turn.started":
      case "tool.started":
        return begin(spanned, event.timestamp);
      case "session.ended":
        return refresh(
          { ...spanned, ended_at: later(spanned.ended_at, event.timestamp) },
          { end_reason: event.data.reason },
          event.timestamp,
        );
      default:
        return spanned;
    }
  },
};

function known(event: EventOf<"session.started"> | EventOf<"session.updated">): Partial<Facts> {
  const { app, app_version, project, cwd, model, title, git_branch, permission_mode, transcript_path, resumed_from, context } = event.data;
  return {
    app,
    app_version,
    project_id: event.project_id,
    project,
    cwd,
    model,
    title,
    git_branch,
    permission_mode,
    transcript_path,
    resumed_from,
    context,
  };
}

function begin(facts: Facts, at: string): Facts {
  const begun = later(facts.begun_at, at);
  return begun === facts.begun_at ? facts : { ...facts, begun_at: begun };
}

function span(facts: Facts, at: StoredEvent["timestamp"]): Facts {
  const first = earlier(facts.first_at, at);
  const last = later(facts.last_at, at);
  return first === facts.first_at && last === facts.last_at ? facts : { ...facts, first_at: first, last_at: last };
}
