import type { EventOf } from "../contract/events/index.ts";
import { fieldValue, initialFields, uiFields, type UiFields } from "../contract/ui/index.ts";
import type { UiValue } from "../contract/ui/element.ts";

/** What the page's fields hold, of each the latest change by event time. Fields that nobody touched are absent. */
export type UiState = Readonly<Record<string, { readonly at: string; readonly value: UiValue }>>;

export const noUi: UiState = {};

/** Folds one change. What this version has no field for, or what the field cannot hold, says nothing. */
export function foldUi(state: UiState, { timestamp, data }: Pick<EventOf<"ui.changed">, "timestamp" | "data">): UiState {
  const field = uiFields.get(data.field);
  const value = field === undefined ? undefined : fieldValue(field, data.value);
  if (value === undefined) return state;
  const held = state[data.field];
  if (held !== undefined && (timestamp < held.at || (timestamp === held.at && !isGreater(value, held.value)))) return state;
  return { ...state, [data.field]: { at: timestamp, value } };
}

/** Every field with its value: the one that it has, or the one that it begins with. */
export function fieldsOf(state: UiState): UiFields {
  return { ...initialFields, ...Object.fromEntries(Object.entries(state).map(([id, { value }]) => [id, value])) };
}

function isGreater(a: UiValue, b: UiValue): boolean {
  return JSON.stringify(a) > JSON.stringify(b);
}
