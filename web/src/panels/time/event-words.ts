import type { StoredEvent } from "../../../../src/contract/events/index.ts";
import { previewOf } from "../../../../src/contract/text.ts";
import { eventMarks } from "../../../../src/projections/event-marks.ts";

const LONGEST = 80;

/** One event in a line: what happened, and where it is short, to what. */
export function eventWords(event: StoredEvent): string {
  const words = wordsOf(event).replace(/\s+/g, " ").trim();
  return words.length > LONGEST ? `${words.slice(0, LONGEST)}…` : words;
}

function wordsOf(event: StoredEvent): string {
  const [mark] = eventMarks([event]);
  switch (event.type) {
    case "tool.started":
      return `${event.data.name} begins: ${event.data.title ?? ""}`.replace(/: $/, "");
    case "tool.ended":
      return `${event.data.name ?? "call"} ended: ${event.data.outcome}`;
    case "message.added": {
      const text = event.data.parts.map((part) => ("text" in part && part.text !== undefined ? previewOf(part.text) : part.kind)).join(" ");
      return `${event.data.role} said: ${text}`;
    }
    case "turn.started":
      return `turn begins: ${event.data.prompt === undefined ? "" : previewOf(event.data.prompt)}`.replace(/: $/, "");
    case "model.responded":
      return `${event.data.model ?? "model"} answered`;
    default:
      return mark?.words ?? event.type.replaceAll(".", " ").replaceAll("_", " ");
  }
}
