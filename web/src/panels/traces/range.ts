import { within, type Scale, type View } from "./scale.ts";

const two = (value: number): string => String(value).padStart(2, "0");

/** A moment as the box of a date shows it: local, and no finer than it has to be. */
export function toLocal(moment: string | undefined): string {
  const at = new Date(moment ?? Number.NaN);
  if (Number.isNaN(at.getTime())) return "";
  const seconds = `:${two(at.getSeconds())}`;
  const fine =
    at.getMilliseconds() > 0 ? `${seconds}.${String(at.getMilliseconds()).padStart(3, "0")}` : at.getSeconds() > 0 ? seconds : "";
  const day = `${String(at.getFullYear()).padStart(4, "0")}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}${fine}`;
}

/** What somebody chose in the box of a date; undefined while it is none. */
export function fromLocal(text: string): string | undefined {
  const at = new Date(text);
  // The address holds years of four digits.
  return Number.isNaN(at.getTime()) || at.getUTCFullYear() < 1 || at.getUTCFullYear() > 9_999 ? undefined : at.toISOString();
}

/** Less is a click that slipped. */
const LEAST_SHARE = 0.004;

/** The moments between two places, given as shares of what is in view; undefined where they are too near each other. */
export function rangeOf(scale: Scale, { from, to }: View, a: number, b: number): { since: string; until: string } | undefined {
  const [first, last] = [Math.min(a, b), Math.max(a, b)].map((share) => Math.min(1, Math.max(0, share))) as [number, number];
  if (last - first < LEAST_SHARE) return undefined;
  const moment = (share: number): number => scale.moment(from + share * (to - from));
  return { since: new Date(Math.floor(moment(first))).toISOString(), until: new Date(Math.ceil(moment(last))).toISOString() };
}

/** The part of the axis that a range of time is; undefined where there is none of it, or it is over before the axis begins. */
export function viewOf(scale: Scale, since: string | undefined, until: string | undefined): View | undefined {
  if (since === undefined && until === undefined) return undefined;
  const from = since === undefined ? 0 : Math.max(0, scale.place(Date.parse(since)));
  const to = until === undefined ? scale.length : Math.min(scale.length, scale.place(Date.parse(until)));
  return to - from < 1 ? undefined : within({ from, to }, scale.length);
}
