import type { UiElement, UiValue, UiScreen } from "./element.ts";
import { LONGEST_TEXT, MOST_TEXTS, uiScreens } from "./element.ts";
import { live, time } from "./live.ts";
import { search, session, system, traces } from "./look-screens.ts";
import { shell } from "./shell.ts";
import { inbox, money, work } from "./work-screens.ts";

/** Everything on the page that can be pressed, chosen or put in, once: the page marks its elements with these ids, and the daemon holds their values. */
const table = [...shell, ...live, ...time, ...inbox, ...session, ...traces, ...money, ...work, ...system, ...search] as const;

/** The id of a control or field. */
export type ElementId = (typeof table)[number]["id"];
/** The value of every field of the page. */
export type UiFields = Readonly<Record<string, UiValue>>;

/** A control: a button, tabs, a list, or what words are put into. `field` is what it changes. */
export interface UiControl {
  readonly id: string;
  readonly kind: "button" | "tab" | "list" | "field";
  readonly label: string;
  /** The screen that it is on; `all` is around every one. */
  readonly screen: UiScreen | "all";
  readonly field?: string;
  readonly type?: NonNullable<UiElement["type"]>;
  readonly options?: readonly string[];
}

/** Something with a value. */
export interface UiField extends UiElement {
  readonly type: NonNullable<UiElement["type"]>;
  readonly initial: UiValue;
}

export const uiElements: ReadonlyMap<string, UiElement> = new Map(table.map((row) => [row.id, row as UiElement]));
export const uiFields: ReadonlyMap<string, UiField> = new Map(
  [...uiElements].flatMap(([id, row]) => (row.initial === undefined ? [] : [[id, row as UiField]])),
);
export const uiControls: readonly UiControl[] = [...uiElements.values()].flatMap(toControl);
/** Every field as it is before anybody touched it. */
export const initialFields: UiFields = Object.fromEntries([...uiFields.values()].map(({ id, initial }) => [id, initial]));

/** The value as the field holds it, or undefined where it cannot hold it. A number in words is a number where one is wanted. */
export function fieldValue({ type, options }: UiField, value: unknown): UiValue | undefined {
  switch (type) {
    case "boolean":
      return typeof value === "boolean" ? value : value === "true" ? true : value === "false" ? false : undefined;
    case "number": {
      const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
      return typeof number === "number" && Number.isFinite(number) ? number : undefined;
    }
    case "choice":
      return options?.find((option) => option === (typeof value === "number" ? String(value) : value));
    case "text":
      return typeof value === "string" && value.length <= LONGEST_TEXT ? value : undefined;
    case "texts":
      return Array.isArray(value) &&
        value.length <= MOST_TEXTS &&
        value.every((one) => typeof one === "string" && one.length <= LONGEST_TEXT)
        ? (value as string[])
        : undefined;
  }
}

/** What a field takes, in words for whoever gave it something else. */
export function fieldWords({ type, options }: UiField): string {
  if (type === "choice") return `must be one of ${options!.join(", ")}`;
  if (type === "texts") return `must be a list of at most ${MOST_TEXTS} texts`;
  return type === "text"
    ? `must be a text of at most ${LONGEST_TEXT} characters`
    : type === "number"
      ? "must be a number"
      : "must be true or false";
}

function toControl({ id, kind, label, type, options, does }: UiElement): UiControl[] {
  if (kind === "held") return [];
  const changes = kind === "button" ? changedBy(does) : id;
  return [
    {
      id,
      kind,
      label,
      screen: uiScreens.find((screen) => id.startsWith(`${screen}.`)) ?? "all",
      ...(changes === undefined ? {} : { field: changes }),
      ...(type === undefined ? {} : { type }),
      ...(options === undefined ? {} : { options }),
    },
  ];
}

function changedBy(does: UiElement["does"]): string | undefined {
  if (typeof does !== "object") return undefined;
  if ("turns" in does) return does.turns;
  return "sets" in does && !("calls" in does) ? Object.keys(does.sets)[0] : undefined;
}
