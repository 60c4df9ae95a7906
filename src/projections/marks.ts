import { MAIN_AGENT, type AgentId } from "../contract/ids.ts";
import { emptyMap, type PersistentMap } from "../lib/persistent-map.ts";
import type { Projection } from "./projection.ts";

/** A moment worth a mark on the timeline that belongs to no call or message. */
export interface Mark {
  readonly at: string;
  readonly agent_id: AgentId;
  readonly kind: "compacted" | "model_failed" | "injected" | "skill";
  readonly text: string;
}

/** By event id: marks have no other identity. */
export type Marks = PersistentMap<string, Mark>;

export const marksProjection: Projection<Marks> = {
  name: "marks",
  initial: emptyMap(),
  apply(marks, event) {
    const mark = (kind: Mark["kind"], text: string): Marks =>
      marks.has(event.id)
        ? marks
        : marks.set(event.id, { at: event.timestamp, agent_id: event.agent_id ?? MAIN_AGENT, kind, text: text.slice(0, 200) });
    switch (event.type) {
      case "context.compacted":
        return event.data.phase === "started" ? marks : mark("compacted", event.data.trigger ?? "");
      case "model.failed":
        return mark("model_failed", event.data.class);
      case "context.injected":
        return mark("injected", event.data.path ?? event.data.what);
      case "skill.used":
        return mark("skill", event.data.name);
      default:
        return marks;
    }
  },
};
