import type { UiFields } from "../contract/ui/index.ts";
import { uiFields } from "../contract/ui/index.ts";
import type { Meaning, UiValue } from "../contract/ui/element.ts";
import { checked } from "./fields.ts";

type Calls = Extract<Meaning, { calls: string }>;
interface About {
  readonly fields: UiFields;
  readonly value: UiValue | undefined;
}

/** What `input` says with the values of fields and of the click in it; what is empty is left out, and so is an object of nothing but that. */
export function inputOf(template: unknown, about: About): unknown {
  if (typeof template === "string") return refer(template, about);
  if (typeof template !== "object" || template === null || Array.isArray(template)) return template;
  const entries = Object.entries(template)
    .map(([key, part]) => [key, inputOf(part, about)] as const)
    .filter(([, part]) => part !== undefined);
  return entries.length === 0 && Object.keys(template).length > 0 ? undefined : Object.fromEntries(entries);
}

/** The next option of a field, or the other of true and false. */
export function turned(id: string, fields: UiFields): UiValue {
  const { options } = uiFields.get(id)!;
  const now = fields[id]!;
  if (options === undefined) return now !== true;
  return options[(options.indexOf(String(now)) + 1) % options.length]!;
}

/** The values that a click puts into fields: fixed ones, those of other fields, and parts of what an operation answered. */
export function putBy(
  { takes = {}, sets = {} }: Pick<Calls, "takes" | "sets">,
  about: About,
  answer?: unknown,
): Readonly<Record<string, UiValue>> {
  const taken = Object.entries(takes).flatMap(([field, path]) => {
    const value = path.split(".").reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], answer);
    return value === undefined ? [] : [[field, checked(field, value)] as const];
  });
  const set = Object.entries(sets).map(([field, value]) => {
    const meant = typeof value === "string" ? (refer(value, about) ?? "") : value;
    return [field, checked(field, meant)] as const;
  });
  return Object.fromEntries([...taken, ...set]);
}

function refer(words: string, { fields, value }: About): UiValue | undefined {
  if (!words.startsWith("$")) return words;
  const [named = "", otherwise] = words.slice(1).split("|");
  const [name = "", nth] = named.split("#");
  const whole = name === "value" ? value : fields[name];
  const found = nth === undefined ? whole : (String(whole ?? "").split(" ")[Number(nth)] ?? "");
  return found === undefined || found === "" || found === 0 || (Array.isArray(found) && found.length === 0) ? otherwise : found;
}
