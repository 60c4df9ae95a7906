import type { Caller } from "../../contract/operations/index.ts";
import type { Picture } from "../picture.ts";
import { badInput } from "./body.ts";

type Told = Readonly<Record<string, unknown>>;

const WAIT_SECONDS = 10;
const MAX_WAIT_SECONDS = 600;
const LISTED = 100;

/** The first event of a type or pattern after `after`, or the next; null when none comes in `timeout` seconds. */
export async function nextEvent({ handlers }: Picture, told: Told, caller: Caller): Promise<object> {
  const types = typesIn(told);
  if (types.length === 0) throw badInput("event_type", "must be a type of event, such as ui.changed, or a pattern, such as tool.*");
  const seconds = numberIn(told, "timeout") ?? WAIT_SECONDS;
  const after = numberIn(told, "after");
  const wait_ms = Math.ceil(Math.min(Math.max(0, seconds), MAX_WAIT_SECONDS) * 1_000);
  return handlers["events.wait"]({ type: types, wait_ms, ...(after === undefined ? {} : { after }) }, caller);
}

/** The event queue: what came after `after`, oldest first; without it the latest. */
export async function queuedEvents({ handlers }: Picture, told: Told, caller: Caller): Promise<object> {
  const types = typesIn(told);
  const after = numberIn(told, "after");
  const limit = Math.min(Math.max(1, numberIn(told, "limit") ?? LISTED), 200);
  const order = after === undefined ? "newest" : "oldest";
  const chosen = { ...(types.length === 0 ? {} : { types }), ...(after === undefined ? {} : { after }) };
  const { items } = await handlers["events.list"]({ limit, order, ...chosen }, caller);
  const events = after === undefined ? items.toReversed() : items;
  return { events, seq: events.at(-1)?.seq ?? after ?? 0 };
}

function typesIn(told: Told): string[] {
  return [told["event_type"], told["type"], told["types"], told["event"]]
    .flat()
    .flatMap((words) => (typeof words === "string" ? words.split(",") : []))
    .filter((word) => word !== "");
}

function numberIn(told: Told, name: string): number | undefined {
  const value = told[name];
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  if (number === undefined || number === "" || number === null) return undefined;
  if (typeof number !== "number" || !(number >= 0)) throw badInput(name, "must be a number, 0 or more");
  return name === "timeout" ? number : Math.floor(number);
}
