import type { TurnId } from "../../contract/ids.ts";
import type { Translation } from "../translation.ts";
import { turnId, type Place } from "./draft.ts";
import type { Fields } from "./fields.ts";

/** One hook call: its body, and what nearly every body has. */
export interface Hook {
  readonly body: Fields;
  readonly place: Place;
  readonly promptId: string | undefined;
  readonly foreignAgent: string | undefined;
}

/** What a hook says; `undefined` when this one says nothing to us. */
export type HookReader = (hook: Hook) => Translation | undefined;

/** While the main thread works on one prompt, a background agent's hooks may carry a later one: only the main thread's turn is sure. */
export function mainTurn(promptId: string | undefined, foreignAgent: string | undefined): TurnId | undefined {
  return promptId === undefined || foreignAgent !== undefined ? undefined : turnId(promptId, undefined);
}

export function problem(text: string): Translation {
  return { events: [], problem: text };
}
