import { z } from "zod";
import { defineEvent } from "../event.ts";
import { UiValue } from "../ui/element.ts";

/** Who did it, and at which door. `page` is the open page on which a person did it; without one, a program did, and every open page follows. */
const doer = { by: z.string().max(200), door: z.string().max(40).optional(), page: z.string().max(100).optional() };

/** A field of the page has another value. */
export const uiChanged = defineEvent("ui.changed", z.looseObject({ field: z.string().max(100), value: UiValue, ...doer }), {
  field: "traces.outcome",
  value: "failed",
  by: "ci",
  door: "http",
});

/** A control of the page was pressed, or an item of it chosen. */
export const uiClicked = defineEvent("ui.clicked", z.looseObject({ control: z.string().max(100), value: UiValue.optional(), ...doer }), {
  control: "nav.traces",
  by: "local",
  door: "websocket",
  page: "pag_1",
});
