import type { StoredEvent } from "../../../src/contract/events/index.ts";
import type { Client } from "../../../src/client/index.ts";
import { fieldValue, initialFields, uiElements, uiFields, type ElementId, type UiFields } from "../../../src/contract/ui/index.ts";
import type { UiValue } from "../../../src/contract/ui/element.ts";
import { fillBox, heldValue, onBox, onHeld, setHeld } from "./held.ts";
import { fieldsOf, placeFields, placeOf, type Place } from "./place.ts";

export interface MirrorDeps {
  readonly client: Pick<Client, "call">;
  /** Whoever may only look on tells nothing. */
  readonly mayTell: () => boolean;
  /** This page, among those that are open. */
  readonly page: string;
  /** The last event that this page knows. */
  readonly seen: () => number;
  readonly place: () => Place;
  readonly go: (place: Place) => Promise<void>;
  /** Calls when the address has changed. */
  readonly onPlace: (listener: () => void) => () => void;
  readonly onEvents: (listener: (events: readonly StoredEvent[]) => void) => () => void;
  readonly theme: { readonly now: () => string; readonly set: (theme: string) => void; readonly on: (listener: () => void) => () => void };
}

type Told = Extract<StoredEvent, { type: "ui.changed" | "ui.clicked" }>;

/** What a person does rests this long before it is told, so that a word typed is told once. */
const REST_MS = 300;
/** How long a control that a program pressed is waited for: a screen may have to load. */
const APPEARS_WITHIN_MS = 5_000;
const LOOK_EVERY_MS = 50;

/**
 * Keeps this page and the daemon's fields the same. What a person does here is told. What a program does is done here: the address follows its fields,
 * what is open follows, and what only a page can do is pressed. What was before the page opened, and what persons do on other pages, moves nothing.
 */
export function startMirror(deps: MirrorDeps): void {
  const { client, page, seen, mayTell, place, go, theme } = deps;
  /** What the daemon is known to hold, as far as this page has told or heard it. */
  const told = new Map<string, UiValue>();
  let fields: Record<string, UiValue> = {};
  let clicked: { control: string; value?: UiValue }[] = [];
  let timer: number | undefined;
  let isPressing = false;
  let doing = Promise.resolve();

  const tell = async (): Promise<void> => {
    timer = undefined;
    const changed = Object.fromEntries(Object.entries(fields).filter(([id, value]) => !isSame(told.get(id), value)));
    const done = clicked;
    fields = {};
    clicked = [];
    if (!mayTell() || (Object.keys(changed).length === 0 && done.length === 0)) return;
    for (const [id, value] of Object.entries(changed)) told.set(id, value);
    try {
      await client.call("ui.note", { page, seen: seen(), fields: changed, clicked: done });
    } catch {
      // What an absent daemon was not told it hears with the next change.
      for (const id of Object.keys(changed)) told.delete(id);
    }
  };
  const soon = (): void => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void tell(), REST_MS);
  };
  const note = (id: string, value: UiValue): void => {
    const field = uiFields.get(id);
    // What is too long to be held stays here, and keeps nothing else from being told.
    if (field !== undefined && fieldValue(field, value) === undefined) return;
    fields[id] = value;
    soon();
  };

  const typed = ({ target }: { readonly target: EventTarget | null }): void => {
    const id = target instanceof HTMLElement ? target.dataset["control"] : undefined;
    const value = id === undefined || placeFields.has(id) || !uiFields.has(id) ? undefined : valueIn(target as HTMLElement, id);
    if (id !== undefined && value !== undefined) note(id, value);
  };

  const notePlace = (): void => {
    for (const [id, value] of Object.entries(fieldsOf(place()) ?? {})) note(id, value);
  };
  deps.onPlace(notePlace);
  notePlace();
  onHeld((id) => note(id, heldValue(id)!));
  onBox((element) => typed({ target: element }));
  note("ui.theme", theme.now());
  theme.on(() => note("ui.theme", theme.now()));

  document.addEventListener(
    "click",
    ({ target }) => {
      const found = controlAt(target);
      if (found === undefined || isPressing) return;
      const { id, item } = found;
      clicked.push(item === undefined ? { control: id } : { control: id, value: item });
      if (item !== undefined && uiFields.get(id)?.kind === "list" && !placeFields.has(id)) note(id, item);
      soon();
    },
    { capture: true },
  );
  document.addEventListener("input", typed, { capture: true });
  document.addEventListener("change", typed, { capture: true });

  deps.onEvents((events) => {
    const news = events.filter((event): event is Told => event.type === "ui.changed" || event.type === "ui.clicked");
    for (const { type, data } of news) if (type === "ui.changed") told.set(data.field, data.value);
    const byPrograms = news.filter(({ data }) => data.page === undefined);
    // What a program wants is later than what waits here to be told.
    for (const { type, data } of byPrograms) if (type === "ui.changed") delete fields[data.field];
    // One after the other: a button is pressed on the screen to which the one before led.
    if (byPrograms.length > 0) doing = doing.then(() => follow(byPrograms)).catch(() => undefined);
  });

  async function follow(events: readonly Told[]): Promise<void> {
    let changes: Record<string, UiValue> = {};
    for (const { type, data } of events) {
      if (type === "ui.changed") changes[data.field] = data.value;
      else if (uiElements.get(data.control)?.does === "page") {
        await put(changes);
        changes = {};
        await press(data.control, data.value);
      }
    }
    await put(changes);
  }

  async function put(changes: UiFields): Promise<void> {
    const ids = Object.keys(changes);
    const isScreen = ids.includes("ui.screen") || ids.includes("session.id");
    if (ids.some((id) => placeFields.has(id))) {
      // A screen that is come to is as the daemon holds it, whenever that was set.
      const held = isScreen ? (await client.call("ui.fields", {})).fields : {};
      await go(placeOf({ ...fieldsOf(place()), ...held, ...changes }));
    }
    for (const [id, value] of Object.entries(changes)) {
      if (placeFields.has(id)) continue;
      if (id === "ui.theme") theme.set(String(value));
      setHeld(id as ElementId, value);
      fillBox(id, value, isSame(initialFields[id], value));
    }
  }

  async function press(id: string, item: UiValue | undefined): Promise<void> {
    const about = item === undefined ? "" : `[data-item="${CSS.escape(String(item))}"]`;
    const selector = `[data-control="${CSS.escape(id)}"]`;
    for (let waitedMs = 0; waitedMs < APPEARS_WITHIN_MS; waitedMs += LOOK_EVERY_MS) {
      const element = document.querySelector<HTMLElement>(selector + about) ?? document.querySelector<HTMLElement>(selector);
      if (element !== null) {
        isPressing = true;
        element.click();
        isPressing = false;
        return;
      }
      await new Promise((resolve) => window.setTimeout(resolve, LOOK_EVERY_MS));
    }
  }
}

function controlAt(target: EventTarget | null): { readonly id: string; readonly item: string | undefined } | undefined {
  const element = target instanceof Element ? target.closest<HTMLElement>("[data-control]") : null;
  const id = element?.dataset["control"];
  // To go to a box is not to press it: what is put in is told.
  if (target instanceof HTMLElement && target.matches("select, textarea, input:not([type=checkbox], [type=radio])")) return undefined;
  return id === undefined ? undefined : { id, item: element!.dataset["item"] };
}

/** What a box says, as its field holds it. */
function valueIn(element: HTMLElement, id: string): UiValue | undefined {
  // One of a list says nothing by itself: the list is held, and told as a whole.
  if (element instanceof HTMLInputElement && element.type === "checkbox")
    return uiFields.get(id)!.type === "texts" ? undefined : element.checked;
  if (!(element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement))
    return undefined;
  const { type } = uiFields.get(id)!;
  if (type === "number") return element.value.trim() === "" ? undefined : Number(element.value);
  if (type === "texts")
    return element.value
      .split(",")
      .map((word) => word.trim())
      .filter((word) => word !== "");
  return element.value;
}

function isSame(a: UiValue | undefined, b: UiValue): boolean {
  return Object.is(a, b) || (Array.isArray(a) && JSON.stringify(a) === JSON.stringify(b));
}
