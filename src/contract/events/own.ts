import type { Problem } from "../problems.ts";
import type { EventDraft } from "./index.ts";

/** Families of which every event is Orrery's own word: what it was told to do, and what it found out about itself. */
export const ownFamilies: ReadonlySet<string> = new Set(["alert", "budget", "command", "retention", "ticket", "token", "ui"]);

/** Under these names the sources of a machine speak that forwards what it sees; everything else below `orrery` is the daemon itself. */
const relayed: ReadonlySet<string> = new Set(["orrery/ingest", "orrery/forward"]);
/** An id is stored once, so whoever took one of these first would keep the daemon from saying its own. */
const ownIds = /^(?:access|alert|budget):|@orrery$/;

/**
 * Why an event can only come from the daemon itself, if so. Whoever may send events may say what agents do, and not who may come in, what a
 * person decided or what was spent: others act on that. `isHeld` tells the asks whose answer somebody waits for here.
 */
export function whyOwn({ type, id, source, data }: EventDraft, isHeld: (askId: string) => boolean): Problem | undefined {
  const family = type.slice(0, type.indexOf("."));
  if (ownFamilies.has(family))
    return { field: "type", message: `is one that only Orrery writes (${family}.*); there is an operation for it` };
  if (/^orrery(?:\/|$)/.test(source) && !relayed.has(source)) return { field: "source", message: "is the name of Orrery itself" };
  if (ownIds.test(id)) return { field: "id", message: "has a form that is kept for Orrery's own events" };
  if (family !== "ask") return undefined;
  const { ask_id, is_held } = data as { readonly ask_id: string; readonly is_held?: boolean };
  if (is_held === true) return { field: "data.is_held", message: "is for asks that Orrery itself holds; open one with asks.create" };
  if (isHeld(ask_id)) return { field: "data.ask_id", message: "is an ask that Orrery holds; answer it with asks.answer" };
  return undefined;
}
