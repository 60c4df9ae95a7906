import { useCallback, useSyncExternalStore } from "react";
import type { UiValue } from "../../../src/contract/ui/element.ts";
import type { ElementId } from "../../../src/contract/ui/index.ts";

/** Fields of this page that no address says: a form that is open, whether time plays. They begin anew with the page. */
const values = new Map<string, UiValue>();
const listeners = new Set<(id: string) => void>();
/** What a program put into boxes that are not there yet. */
const waiting = new Map<string, UiValue>();

export function heldValue(id: string): UiValue | undefined {
  return values.get(id);
}

export function setHeld(id: ElementId, value: UiValue): void {
  if (Object.is(values.get(id), value)) return;
  values.set(id, value);
  for (const listener of listeners) listener(id);
}

export function onHeld(listener: (id: string) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** As `useState`, for what programs can see and set: `initial` is what the table of controls says. */
export function useHeld(id: ElementId, initial: boolean): [boolean, (value: boolean) => void];
export function useHeld(id: ElementId, initial: readonly string[]): [readonly string[], (value: readonly string[]) => void];
export function useHeld<T extends string = string>(id: ElementId, initial: NoInfer<T>): [T, (value: T) => void];
export function useHeld<T extends UiValue>(id: ElementId, initial: T): [T, (value: T) => void] {
  const read = (): T => (values.get(id) as T | undefined) ?? initial;
  return [useSyncExternalStore(onHeld, read), useCallback((value: T) => setHeld(id, value), [id])];
}

/** Puts words into a box that is there or will be: it is filled once. What is put back to how it begins leaves a later box its own words. */
export function fillBox(id: string, value: UiValue, isInitial: boolean): void {
  // Of several boxes, each about a thing of its own, a value does not say which is meant.
  const isMany = [...boxesOf(id)].filter((box) => box.dataset["item"] !== undefined).length > 1;
  if (isInitial && !isMany) for (const box of boxesOf(id)) write(box, value);
  if (isInitial || isMany) return void waiting.delete(id);
  waiting.set(id, value);
  for (const box of boxesOf(id)) fillFromHeld(box);
}

function boxesOf(id: string): Iterable<HTMLElement> {
  return document.querySelectorAll<HTMLElement>(`[data-control="${CSS.escape(id)}"]`);
}

const boxListeners = new Set<(box: HTMLElement) => void>();

/** Calls for each box that appears with words of its own. */
export function onBox(listener: (box: HTMLElement) => void): () => void {
  boxListeners.add(listener);
  return () => boxListeners.delete(listener);
}

/** A `ref` of boxes: what a program put in before the box was there. */
export function fillFromHeld(box: HTMLElement | null): void {
  const id = box?.dataset["control"];
  if (box === null || id === undefined) return;
  const value = waiting.get(id);
  if (value === undefined) for (const listener of boxListeners) listener(box);
  else if (write(box, value)) waiting.delete(id);
}

/** As if it had been typed: whoever listens to the box hears it. */
function write(box: HTMLElement, value: UiValue): boolean {
  if (box instanceof HTMLInputElement && (box.type === "checkbox" || box.type === "radio")) {
    // One of a list that is held: it shows what the list says.
    if (Array.isArray(value)) return true;
    if (box.checked !== (value === true || value === box.value)) box.click();
    return true;
  }
  if (!(box instanceof HTMLInputElement || box instanceof HTMLTextAreaElement || box instanceof HTMLSelectElement)) return false;
  const words = Array.isArray(value) ? value.join(", ") : String(value);
  if (box.value === words) return true;
  // React keeps a setter of its own on the element: the one of the class is what a keystroke goes through.
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(box) as object, "value")?.set?.call(box, words);
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}
