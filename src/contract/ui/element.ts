import { z } from "zod";
import type { OperationName } from "../operations/index.ts";

/** The longest text that a field holds, in characters, and the most texts of a list. */
export const LONGEST_TEXT = 20_000;
export const MOST_TEXTS = 200;

const Words = z.string().max(LONGEST_TEXT);
/** What a field can hold. A field that is not set has its `initial`: it always has a value, and always of its type. */
export const UiValue = z.union([Words, z.number(), z.boolean(), z.array(Words).max(MOST_TEXTS).readonly()]);
export type UiValue = z.infer<typeof UiValue>;

/** The screens of the page, as the field `ui.screen` names them. */
export const uiScreens = ["live", "inbox", "session", "traces", "money", "work", "system", "search"] as const;
export type UiScreen = (typeof uiScreens)[number];

export const fieldTypes = ["text", "number", "boolean", "choice", "texts"] as const;
export const controlKinds = ["button", "tab", "list", "field"] as const;

/**
 * What a click means.
 * `sets` puts these values into fields. `turns` takes the next option of a field, or the other of true and false. `calls` runs an operation with what
 * `input` says, then sets fields: `takes` from its answer by path, `sets` to these values. `decides` answers the open ask with yes or no, or
 * each that the field `of` names, and with the words of the field `saying`. `allows` allows it as the fields of its form say: with another input, or with a rule that is kept.
 * `runs` is the field that names an operation, whichever it is, and `with` the field that has its input as JSON.
 * `clears` names, for each thing that the click can be about, the fields that are then as they began.
 * `page`: something that only a page can do, such as to copy, to scroll or to read more; every open page that shows the control does it.
 *
 * In `input` a text that begins with `$` stands for the value of that field (`$work.title`), of the click (`$value`), or with `|` for the words after it
 * where that is empty; what is empty is left out. `$live.agent#1` is the second of its words. What a click brings as `user_data` goes before all of it.
 */
export type Meaning =
  | { readonly sets: Readonly<Record<string, UiValue>> }
  | { readonly turns: string }
  | { readonly clears: Readonly<Record<string, readonly string[]>> }
  | {
      readonly calls: OperationName;
      readonly input?: Readonly<Record<string, unknown>>;
      readonly takes?: Readonly<Record<string, string>>;
      readonly sets?: Readonly<Record<string, UiValue>>;
    }
  | { readonly decides: boolean; readonly of?: string; readonly saying?: string }
  | { readonly allows: "edited" | "always" }
  | { readonly runs: string; readonly with: string }
  | "page";

/** One thing of the page by its id. Every entry but a button is a field too, of the same id. */
export interface UiElement<Id extends string = string> {
  readonly id: Id;
  readonly kind: (typeof controlKinds)[number] | "held";
  readonly label: string;
  readonly type?: (typeof fieldTypes)[number];
  readonly initial?: UiValue;
  readonly options?: readonly string[];
  readonly does?: Meaning;
}

/** Something to press. */
export function button<const Id extends string>(id: Id, label: string, does: Meaning = "page"): UiElement<Id> {
  return { id, kind: "button", label, does };
}

/** One of a few, all of them in sight. The first is what it begins with. */
export function tabs<const Id extends string>(id: Id, label: string, options: readonly [string, ...string[]]): UiElement<Id> {
  return { id, kind: "tab", label, type: "choice", initial: options[0], options };
}

/** One of many. Without `options` its items come and go, and any text is taken; empty is none of them. */
export function list<const Id extends string>(id: Id, label: string, options?: readonly string[]): UiElement<Id> {
  return options === undefined
    ? { id, kind: "list", label, type: "text", initial: "" }
    : { id, kind: "list", label, type: "choice", initial: options[0]!, options };
}

/** Words, a number, a yes or no that is put in. */
export function field<const Id extends string>(id: Id, label: string, initial: UiValue = ""): UiElement<Id> {
  return { id, kind: "field", label, type: typeOf(initial), initial };
}

/** Words that are nobody else's business: they are neither held nor told, and nobody but a person puts them in. */
export function secret<const Id extends string>(id: Id, label: string): UiElement<Id> {
  return { id, kind: "field", label };
}

/** A field that nothing on the page puts in by itself: buttons and the page do. */
export function held<const Id extends string>(id: Id, label: string, initial: UiValue = "", options?: readonly string[]): UiElement<Id> {
  return options === undefined
    ? { id, kind: "held", label, type: typeOf(initial), initial }
    : { id, kind: "held", label, type: "choice", initial, options };
}

function typeOf(initial: UiValue): (typeof fieldTypes)[number] {
  if (typeof initial === "string") return "text";
  if (typeof initial === "number") return "number";
  return typeof initial === "boolean" ? "boolean" : "texts";
}
