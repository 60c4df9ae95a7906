import type { EventDraft, StoredEvent } from "../contract/events/index.ts";
import { fieldValue, fieldWords, uiFields, type UiFields } from "../contract/ui/index.ts";
import type { Caller } from "../contract/operations/index.ts";
import type { UiValue } from "../contract/ui/element.ts";
import { OrreryError } from "../contract/errors.ts";
import { toTimestamp, type Clock } from "../lib/clock.ts";
import { randomId } from "../lib/ids.ts";
import { nearest } from "../lib/nearest.ts";
import type { EventLog } from "../log/log.ts";
import { fieldsOf, foldUi, noUi, type UiState } from "../projections/ui.ts";

export interface Doer {
  readonly by: string;
  readonly door: Caller["door"];
  readonly page?: string;
}

export function doerOf({ actor, door }: Caller): Doer {
  return { by: actor, door };
}

export interface Clicked {
  readonly control: string;
  readonly value?: UiValue | undefined;
}

/** The fields of the page as the daemon holds them: a fold of `ui.changed`, with or without a page that is open. */
export interface FieldBook {
  fields(): UiFields;
  /** The last event about the page that the fields hold. */
  seq(): number;
  /** Whether a program set the field after what somebody has `seen` of the log, or is about to. */
  isNews(field: string, seen: number | undefined): boolean;
  /** Stores what was pressed and what it changed; resolves with the last `seq` of it when everybody can see it. */
  say(done: { readonly clicked?: readonly Clicked[]; readonly changed: UiFields }, doer: Doer): Promise<number>;
  apply(events: readonly StoredEvent[]): void;
}

const NOTE = "ui.fields";
const PAGE = 2_000;
/** How far ahead a told time may be to count: a field must not be locked by a clock that runs wild. */
const CLOCKS_APART_MS = 24 * 3_600_000;

export function createFieldBook({
  log,
  clock,
}: {
  readonly log: Pick<EventLog, "read" | "append" | "notes">;
  readonly clock: Pick<Clock, "now">;
}): FieldBook {
  let { seq, state } = readNote(log.notes.get(NOTE));
  /** With what is on its way to the disk, so that of two clicks in a row the second sees the first. */
  let ahead = state;
  let latestMs = 0;
  /** The event by which a program last set a field since this start; `Infinity` while it is on its way to the disk. */
  const setByProgram = new Map<string, number>();

  function take(event: StoredEvent): void {
    if (event.type !== "ui.changed" && event.type !== "ui.clicked") return;
    seq = Math.max(seq, event.seq);
    const ms = Date.parse(event.timestamp);
    if (ms > clock.now() + CLOCKS_APART_MS) return;
    latestMs = Math.max(latestMs, ms);
    if (event.type === "ui.changed") {
      state = foldUi(state, event);
      ahead = foldUi(ahead, event);
      if (event.data.page === undefined) setByProgram.set(event.data.field, event.seq);
    }
  }

  for (;;) {
    const page = log.read({ types: ["ui.*"], after: seq, order: "oldest", limit: PAGE });
    page.forEach(take);
    if (page.length < PAGE) break;
  }

  return {
    fields: () => fieldsOf(ahead),
    seq: () => seq,
    isNews: (field, seen) => seen !== undefined && (setByProgram.get(field) ?? 0) > seen,
    async say({ clicked = [], changed }, doer) {
      const drafts = [
        ...clicked.map(({ control, value }) => ({
          type: "ui.clicked",
          data: { control, ...(value === undefined ? {} : { value }), ...doer },
        })),
        ...Object.entries(changed).map(([field, value]) => ({ type: "ui.changed", data: { field, value, ...doer } })),
      ].map(({ type, data }) => {
        // Of two changes the later one stands: what is done now is later than all that is known.
        latestMs = Math.max(clock.now(), latestMs + 1);
        const id = `ui:${randomId("u")}:${type === "ui.clicked" ? "clicked" : "changed"}@orrery`;
        return { id, type, timestamp: toTimestamp(latestMs), source: "orrery/ui", data } as EventDraft;
      });
      if (drafts.length === 0) return seq;
      for (const draft of drafts) if (draft.type === "ui.changed") ahead = foldUi(ahead, draft);
      if (doer.page === undefined) for (const field of Object.keys(changed)) setByProgram.set(field, Number.POSITIVE_INFINITY);
      try {
        return (await log.append(drafts)).at(-1)!.seq;
      } catch (error) {
        ahead = state;
        for (const field of Object.keys(changed)) setByProgram.delete(field);
        throw error;
      }
    },
    apply(events) {
      const before = seq;
      events.forEach(take);
      // A start reads on from here, however much was pressed before.
      if (seq !== before) log.notes.set(NOTE, JSON.stringify({ seq, state }));
    },
  };
}

/**
 * A value as the field takes it.
 * @throws OrreryError UNKNOWN_FIELD, BAD_INPUT
 */
export function checked(id: string, value: unknown): UiValue {
  const field = uiFields.get(id);
  if (field === undefined) throw new OrreryError("UNKNOWN_FIELD", { field: id, nearest: nearest(id, [...uiFields.keys()]) });
  const taken = fieldValue(field, value);
  if (taken === undefined)
    throw new OrreryError("BAD_INPUT", { problems: [{ field: "value", message: `${fieldWords(field)}, for ${id}` }] });
  return taken;
}

function readNote(text: string | undefined): { seq: number; state: UiState } {
  if (text === undefined) return { seq: 0, state: noUi };
  const { seq, state } = JSON.parse(text) as { seq: number; state: UiState };
  // Fields that this version does not have any more are let go.
  const changes = Object.entries(state).map(([field, { at, value }]) => ({
    timestamp: at,
    data: { field, value: value as string, by: "" },
  }));
  return { seq, state: changes.reduce(foldUi, noUi) };
}
