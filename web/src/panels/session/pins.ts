import { useSyncExternalStore } from "react";

/** A message or call that a person wants to find again, with the words that it is listed by. */
export interface Pin {
  readonly key: string;
  readonly words: string;
}
type Pins = Readonly<Record<string, readonly Pin[]>>;

const KEPT = "orrery.pins";
const none: readonly Pin[] = [];
const listeners = new Set<() => void>();
let read: { readonly text: string | null; readonly pins: Pins } = { text: null, pins: {} };

/** The pins of a session, oldest first. They are this browser's: nothing is told to the daemon. */
export function usePins(sessionId: string): readonly Pin[] {
  return useSyncExternalStore(subscribe, () => stored()[sessionId] ?? none);
}

/** Pins what is not pinned, and the other way round. */
export function togglePin(sessionId: string, pin: Pin): void {
  const pins = stored();
  const own = pins[sessionId] ?? none;
  const others = own.filter(({ key }) => key !== pin.key);
  const { [sessionId]: _, ...rest } = pins;
  const next = others.length < own.length ? others : [...own, pin];
  localStorage.setItem(KEPT, JSON.stringify(next.length === 0 ? rest : { ...rest, [sessionId]: next }));
  for (const listener of listeners) listener();
}

/** The address of a row of the conversation, at the moment that is shown. */
export function linkTo(key: string): string {
  const url = new URL(location.href);
  const kept = [...url.searchParams].filter(([name]) => name === "at" || name === "seq");
  url.search = new URLSearchParams(kept).toString();
  url.hash = new URLSearchParams({ pin: key }).toString();
  return url.href;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  // Another tab has pinned something.
  addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    removeEventListener("storage", listener);
  };
}

function stored(): Pins {
  const text = localStorage.getItem(KEPT);
  if (text !== read.text) read = { text, pins: parsePins(text) };
  return read.pins;
}

/** What is kept, without what is no pin: anything may have written there. */
export function parsePins(text: string | null): Pins {
  let told: unknown;
  try {
    told = JSON.parse(text ?? "{}");
  } catch {
    return {}; // The next pin writes it anew.
  }
  if (typeof told !== "object" || told === null) return {};
  return Object.fromEntries(
    Object.entries(told).flatMap(([session, pins]) => (Array.isArray(pins) ? [[session, pins.filter(isPin)] as const] : [])),
  );
}

function isPin(told: unknown): told is Pin {
  return (
    typeof told === "object" &&
    told !== null &&
    "key" in told &&
    "words" in told &&
    typeof told.key === "string" &&
    typeof told.words === "string"
  );
}
