import type { Translation } from "../translation.ts";
import { draft } from "./draft.ts";
import { str } from "./fields.ts";
import type { Line } from "./line.ts";

/** A line about the prompts that wait while the agent works: one more, one sent, one or all taken back into the editor. */
export function queueLine({ record, place, uuid }: Line): Translation {
  const prompt = str(record["content"]);
  switch (record["operation"]) {
    case "enqueue":
      return { events: [draft(place, "prompt.queued", uuid, { prompt })] };
    case "dequeue":
      return { events: [draft(place, "prompt.taken", uuid, { how: "sent", prompt })] };
    case "remove":
      return { events: [draft(place, "prompt.taken", uuid, { how: "removed", prompt })] };
    case "popAll":
      return { events: [draft(place, "prompt.taken", uuid, { how: "removed", all: true })] };
    default:
      return { events: [] };
  }
}
