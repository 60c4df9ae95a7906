import { z } from "zod";
import { defineOperation } from "../operation.ts";
import { controlKinds, fieldTypes, uiScreens, UiValue } from "../ui/element.ts";
import { WireEvent } from "./log.ts";
import { Patterns, Seq, WholeNumber } from "./fields.ts";

const id = z.string().min(1).max(100);
const page = z.string().min(1).max(100);
const Fields = z.record(z.string(), UiValue);

const Control = z.object({
  id: z.string(),
  kind: z.enum(controlKinds),
  label: z.string(),
  /** The screen that it is on; `all` is around every one. */
  screen: z.enum([...uiScreens, "all"]),
  /** What it changes, where that is a field. */
  field: z.string().optional(),
  type: z.enum(fieldTypes).optional(),
  options: z.array(z.string()).readonly().optional(),
});

/** `changed`: the fields that now have another value. `result`: what the operation answered that a click calls. `seq`: the last event of it. */
const Done = z.object({ seq: z.number(), changed: Fields, result: z.unknown().optional() });

export const listControls = defineOperation({
  name: "ui.controls",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/ui/controls",
  summary:
    "Every button, tab, list and field of the page: its id, what it is called, where it is, which field it changes and what that may be.",
  input: z.object({}),
  output: z.object({ controls: z.array(Control).readonly() }),
});

export const getFields = defineOperation({
  name: "ui.fields",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/ui/fields",
  summary: "The value of every field of the page, whether a page is open or not, and the last event that they hold.",
  input: z.object({}),
  output: z.object({ fields: Fields, seq: z.number() }),
});

export const clickControl = defineOperation({
  name: "ui.click",
  kind: "command",
  scope: "control",
  audit: "own",
  method: "POST",
  path: "/ui/click",
  summary:
    "Presses a control: the daemon does what that means, and every open page follows. `value` is the item of a list, or what the button is about; `user_data` goes before what a button would say to its operation.",
  input: z.object({ control: id, value: UiValue.optional(), user_data: z.unknown().optional() }),
  output: Done,
});

export const setField = defineOperation({
  name: "ui.set",
  kind: "command",
  scope: "control",
  audit: "own",
  method: "POST",
  path: "/ui/set",
  summary: "Puts a value into a field of the page; every open page follows.",
  input: z.object({ field: id, value: UiValue }),
  output: Done,
});

export const selectItem = defineOperation({
  name: "ui.select",
  kind: "command",
  scope: "control",
  audit: "own",
  method: "POST",
  path: "/ui/select",
  summary: "Chooses a tab, or an item of a list; every open page follows.",
  input: z.object({ control: id, value: UiValue }),
  output: Done,
});

export const resetUi = defineOperation({
  name: "ui.reset",
  kind: "command",
  scope: "control",
  audit: "own",
  method: "POST",
  path: "/ui/reset",
  summary:
    "Every field of the page as it was before anybody touched it: the Live screen, no filter, the present. The button btn_reset does the same.",
  input: z.object({}),
  output: Done,
});

export const noteUi = defineOperation({
  name: "ui.note",
  kind: "command",
  scope: "control",
  audit: "own",
  method: "POST",
  path: "/ui/note",
  summary:
    "For pages: what a person put in and pressed there. It is held and told, and other pages stay as they are. A field that a program set after `seen`, the last event that the page knew, stays as the program wanted it.",
  input: z.object({
    page,
    seen: Seq.optional(),
    fields: Fields.optional(),
    clicked: z
      .array(z.object({ control: id, value: UiValue.optional() }))
      .max(100)
      .optional(),
  }),
  output: z.object({ seq: z.number() }),
});

const LONGEST_WAIT_MS = 600_000;

export const waitForEvent = defineOperation({
  name: "events.wait",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/events/wait",
  summary:
    "Waits for an event of a type or pattern, such as `ui.changed` or `tool.*`: the first after `after`, or without it the next. When none comes in time, `event` is null.",
  input: z.object({
    type: Patterns,
    after: Seq.optional(),
    wait_ms: WholeNumber.pipe(z.number().int().min(0).max(LONGEST_WAIT_MS)).default(30_000),
  }),
  output: z.object({ event: WireEvent.nullable(), seq: z.number() }),
});
