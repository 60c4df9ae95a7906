import type { EventTypeName } from "./index.ts";

/** Where the words of people, agents and tools stand in an event's data; everything else is structure: names, ids, figures, paths. */
export interface Content {
  /** Fields whose strings, however deep, may give way to a reference (`BodyRef`). `parts.text` is `text` of each of `parts`. */
  readonly texts?: readonly string[];
  /** Plain strings that cannot be a reference: without content the field is left out. */
  readonly words?: readonly string[];
}

// `line` is a record that came with fields of nobody but its writer's, whole.
export const contentOf: Readonly<Record<EventTypeName, Content>> = {
  "session.started": { words: ["title"] },
  "session.updated": { words: ["title"] },
  "session.ended": {},
  "agent.spawned": { texts: ["task", "line"], words: ["name"] },
  "agent.updated": {},
  "agent.ended": { texts: ["summary", "line"] },
  "turn.started": { texts: ["prompt"] },
  "turn.ended": {},
  "message.added": { texts: ["parts.text"] },
  "ask.opened": { texts: ["input", "prompt", "preview", "options.label", "questions", "suggestions"] },
  "ask.answered": { texts: ["answer", "message"] },
  "ask.withdrawn": {},
  "ask.expired": {},
  "ask.escalated": {},
  "tool.started": { texts: ["input", "line"], words: ["title"] },
  "tool.ended": { texts: ["input", "output", "error"] },
  "model.responded": {},
  "model.failed": { words: ["message"] },
  "cost.reported": {},
  "limit.reported": {},
  "budget.warned": {},
  "budget.exceeded": {},
  "context.compacted": { texts: ["summary"] },
  "context.queued": { texts: ["text"] },
  "context.injected": {},
  "context.delivered": {},
  "context.withdrawn": {},
  "skill.used": { texts: ["line"] },
  "alert.raised": {},
  "alert.cleared": {},
  "alert.snoozed": {},
  "retention.applied": {},
  "todo.listed": { texts: ["todos.title", "todos.description", "todos.active_form"] },
  "prompt.queued": { texts: ["prompt"] },
  "prompt.taken": { texts: ["prompt"] },
  "todo.updated": { texts: ["title", "description", "active_form"] },
  // Tickets are Orrery's own: whoever makes one asks for its words to be kept.
  "ticket.created": {},
  "ticket.updated": {},
  "ticket.linked": {},
  "ticket.unlinked": {},
  "command.executed": {},
  "token.created": {},
  "token.revoked": {},
  // So are the fields of the page: without their values nothing could be driven.
  "ui.changed": {},
  "ui.clicked": {},
  "source.kept": { texts: ["record"] },
  "source.rejected": { words: ["sample"] },
  "source.connected": {},
  "system.failed": {},
};
