import { MAIN_AGENT, type AgentId } from "../contract/ids.ts";
import { emptyMap, type PersistentMap } from "../lib/persistent-map.ts";
import { wayOf, type Way } from "./fuse.ts";
import type { Projection } from "./projection.ts";

/** A moment worth a mark on the timeline that belongs to no call or message. */
export interface Mark {
  readonly at: string;
  readonly agent_id: AgentId;
  readonly kind: "compacted" | "model_failed" | "injected" | "skill";
  readonly text: string;
  readonly way: Way;
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
        : marks.set(event.id, {
            at: event.timestamp,
            agent_id: event.agent_id ?? MAIN_AGENT,
            kind,
            text: text.slice(0, 200),
            way: wayOf(event.source),
          });
    switch (event.type) {
      case "context.compacted":
        return event.data.phase === "started" ? marks : mark("compacted", event.data.trigger ?? "");
      case "model.failed":
        return mark("model_failed", event.data.class);
      case "context.injected":
        return mark("injected", event.data.path ?? event.data.what);
      case "context.delivered":
        return mark("injected", (event.data.files ?? ["words"]).join(", "));
      case "skill.used":
        return mark("skill", event.data.name);
      default:
        return marks;
    }
  },
};

/** Every moment once, oldest first: of each kind by each agent, the marks of the way that told most of them. */
export function visibleMarks(marks: Marks): Mark[] {
  const groups = Map.groupBy(marks.values(), (mark) => `${mark.agent_id} ${mark.kind}`);
  const chosen = [...groups.values()].flatMap((group) => {
    const ways = [...Map.groupBy(group, (mark) => mark.way).values()];
    return ways.reduce((a, b) => (b.length > a.length || (b.length === a.length && b[0]!.way > a[0]!.way) ? b : a));
  });
  return chosen.toSorted((a, b) => (a.at === b.at ? (a.text < b.text ? -1 : 1) : a.at < b.at ? -1 : 1));
}
