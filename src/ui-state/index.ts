import { OrreryError } from "../contract/errors.ts";
import type { Handlers } from "../contract/operations/index.ts";
import { initialFields, uiControls, uiElements, uiFields, fieldValue } from "../contract/ui/index.ts";
import { createClicks, elementOf, type ClicksDeps } from "./clicks.ts";
import { checked, doerOf, type FieldBook } from "./fields.ts";

export { createFieldBook, type FieldBook } from "./fields.ts";

export type UiHandlers = Pick<Handlers, Extract<keyof Handlers, `ui.${string}`>>;

/** The page by API: its controls, the values of its fields, and what pressing and choosing mean. */
export function createUiHandlers(deps: ClicksDeps & { readonly book: FieldBook }): UiHandlers {
  const { book } = deps;
  const click = createClicks(deps);
  const reset: Handlers["ui.reset"] = async (_, caller) => {
    const fields = book.fields();
    const changed = Object.fromEntries(
      Object.entries(initialFields).filter(([id, value]) => JSON.stringify(fields[id]) !== JSON.stringify(value)),
    );
    // A page shows what nobody told it to: it is told the screen in any case.
    const told = { "ui.screen": initialFields["ui.screen"]!, ...changed };
    return { seq: await book.say({ clicked: [{ control: "btn_reset" }], changed: told }, doerOf(caller)), changed };
  };
  return {
    "ui.controls": () => ({ controls: uiControls }),
    "ui.fields": () => ({ fields: { ...book.fields() }, seq: book.seq() }),
    "ui.click": (input, caller) => (input.control === "btn_reset" ? reset({}, caller) : click(input, caller)),
    "ui.set": async ({ field, value }, caller) => {
      const changed = { [field]: checked(field, value) };
      return { seq: await book.say({ changed }, doerOf(caller)), changed };
    },
    "ui.select": async ({ control, value }, caller) => {
      const { kind } = elementOf(control);
      if (kind === "button")
        throw new OrreryError("BAD_INPUT", {
          problems: [{ field: "control", message: "is a button, which has no items: ui.click presses it" }],
        });
      const changed = { [control]: checked(control, value) };
      return { seq: await book.say({ clicked: [{ control, value }], changed }, doerOf(caller)), changed };
    },
    "ui.reset": reset,
    "ui.note": async ({ page, seen, fields = {}, clicked = [] }, caller) => {
      const now = book.fields();
      // A page of another version may know what this daemon does not.
      const changed = Object.fromEntries(
        Object.entries(fields).flatMap(([id, value]) => {
          const field = uiFields.get(id);
          const taken = field === undefined ? undefined : fieldValue(field, value);
          return taken === undefined || book.isNews(id, seen) || JSON.stringify(taken) === JSON.stringify(now[id])
            ? []
            : [[id, taken] as const];
        }),
      );
      const known = clicked.filter(({ control }) => uiElements.has(control));
      return { seq: await book.say({ clicked: known, changed }, { ...doerOf(caller), page }) };
    },
  };
}
