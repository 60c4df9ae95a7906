import type { ElementId } from "../../../src/contract/ui/index.ts";
import { fillFromHeld } from "./held.ts";

/**
 * Says which registered control an element is: every button, link, box and row that can be pressed has one (`src/contract/ui/`), so that programs can
 * do what a person can. `item` is which of a list it is, or what a button is about.
 * @example <button {...control("live.fit")} onClick={fit}>
 */
export function control(id: ElementId, item?: string): { readonly "data-control": string; readonly "data-item"?: string } {
  return item === undefined ? { "data-control": id } : { "data-control": id, "data-item": item };
}

/** The same for a box whose words are its own: what a program puts into the field comes into the box. */
export function box(id: ElementId): { readonly "data-control": string; readonly ref: (box: HTMLElement | null) => void } {
  return { "data-control": id, ref: fillFromHeld };
}
