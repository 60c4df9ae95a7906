import { OrreryError } from "../contract/errors.ts";
import { parseEvent, type EventDraft } from "../contract/events/index.ts";
import { whyOwn } from "../contract/events/own.ts";
import type { Handlers, OutputFor } from "../contract/operations/index.ts";
import { toTimestamp } from "../lib/clock.ts";
import { randomId } from "../lib/ids.ts";
import { appendApart } from "./append-apart.ts";
import type { Intake } from "./source.ts";

type Item = OutputFor<"events.append">["items"][number];

const SOURCE = "api";

interface Deps extends Pick<Intake, "append" | "clock"> {
  /** Whether somebody waits here for the answer to an ask. */
  isHeld(askId: string): boolean;
}

/**
 * Takes events that programs send themselves: checks each, stores the valid ones in one append, answers one outcome per item.
 * Only `type` is required of the envelope. `timestamp` is then the time of receipt, `source` is `api`, and `id` is random: a sender that may
 * send twice gives ids of its own, so that what it repeats is stored once. Times are taken as they are, however far from this clock.
 * What only the daemon may say is refused, whoever sends it.
 */
export function createEventIntake({ append, clock, isHeld }: Deps): Handlers["events.append"] {
  return async ({ events }) => {
    const now = toTimestamp(clock.now());
    const items = Array.from<Item>({ length: events.length });
    const drafts: EventDraft[] = [];
    const places: number[] = [];
    for (let index = 0; index < events.length; index++) {
      const read = readItem(events[index], index, now, isHeld);
      if ("error" in read) {
        items[index] = read;
      } else {
        drafts.push(read.draft);
        places.push(index);
      }
    }
    const outcomes = drafts.length === 0 ? [] : await appendApart(append, drafts);
    const counts = { stored: 0, duplicates: 0 };
    for (let at = 0; at < places.length; at++) {
      const index = places[at]!;
      const outcome = outcomes[at]!;
      if (outcome instanceof OrreryError) {
        items[index] = rejected(index, drafts[at]!.id, outcome);
        continue;
      }
      counts[outcome.duplicate ? "duplicates" : "stored"]++;
      items[index] = { index, id: outcome.id, outcome: outcome.duplicate ? "duplicate" : "stored", seq: outcome.seq };
    }
    return { ...counts, rejected: events.length - counts.stored - counts.duplicates, items };
  };
}

function readItem(
  item: unknown,
  index: number,
  now: string,
  isHeld: Deps["isHeld"],
): { readonly draft: EventDraft } | (Item & { readonly error: NonNullable<Item["error"]> }) {
  if (typeof item !== "object" || item === null || Array.isArray(item)) {
    return rejected(index, undefined, new OrreryError("BAD_INPUT", { problems: [{ field: "event", message: "must be an object" }] }));
  }
  const given = item as { readonly $unparsable?: unknown; readonly id?: unknown; readonly timestamp?: unknown; readonly source?: unknown };
  if (given.$unparsable !== undefined)
    return rejected(index, undefined, new OrreryError("BAD_JSON", { reason: String(given.$unparsable) }));
  const isWhole = given.id !== undefined && given.timestamp !== undefined && given.source !== undefined;
  const parsed = parseEvent(
    isWhole ? given : { ...given, id: given.id ?? randomId("evt"), timestamp: given.timestamp ?? now, source: given.source ?? SOURCE },
  );
  if (parsed.ok) {
    const own = whyOwn(parsed.draft, isHeld);
    return own === undefined ? parsed : rejected(index, given.id, new OrreryError("EVENT_RESERVED", { ...own }));
  }
  return rejected(index, given.id, new OrreryError("BAD_INPUT", { problems: parsed.problems }));
}

function rejected(index: number, id: unknown, error: OrreryError) {
  const { code, message } = error;
  return {
    index,
    ...(typeof id === "string" ? { id } : {}),
    outcome: "rejected" as const,
    error: { code, message, details: error.params },
  };
}
