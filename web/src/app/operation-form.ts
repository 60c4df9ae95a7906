import { jsonSchema, type JsonSchema } from "../../../src/contract/json-schema.ts";
import type { Operation } from "../../../src/contract/operation.ts";

/** One field of what an operation is given, as it is put in. `initial` is what the operation takes where nothing is said. */
export interface FormField {
  readonly name: string;
  readonly kind: "text" | "long" | "number" | "choice" | "json";
  readonly isRequired: boolean;
  readonly options?: readonly string[];
  readonly initial?: string;
  readonly hint?: string;
}

export type Input = Readonly<Record<string, unknown>>;
/** The words in each box. A box that is absent or empty says nothing. */
export type Drafts = Readonly<Record<string, string>>;

/** A text that may be longer than this has a box of several lines. */
const LONG = 1_000;

/** The form of an operation, from the schema of its input: what must be said comes first. */
export function formOf(operation: Operation): readonly FormField[] {
  const { properties = {}, required = [] } = jsonSchema(operation.input, "input");
  const fields = Object.entries(properties).map(([name, schema]) => toField(name, schema as JsonSchema, required.includes(name)));
  return [...fields.filter(({ isRequired }) => isRequired), ...fields.filter(({ isRequired }) => !isRequired)];
}

/** What the boxes say, and the boxes whose words are no JSON, each with why. What the operation cannot take the daemon refuses in its own words. */
export function inputOf(fields: readonly FormField[], drafts: Drafts): { readonly input: Input; readonly problems: readonly string[] } {
  const input: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const { name, kind } of fields) {
    const words = drafts[name] ?? "";
    if (words.trim() === "") continue;
    if (kind !== "json") input[name] = valueOf(kind, words);
    else {
      try {
        input[name] = JSON.parse(words);
      } catch (error) {
        problems.push(`${name} is not JSON: ${(error as Error).message}`);
      }
    }
  }
  return { input, problems };
}

/** The words for the boxes of a form that give this input; undefined where no form can: it is no object, or has what the form has no box for. */
export function draftsOf(fields: readonly FormField[], json: string): Drafts | undefined {
  if (json.trim() === "") return {};
  const input = parseObject(json);
  if (input === undefined) return undefined;
  const drafts: Record<string, string> = {};
  for (const [name, value] of Object.entries(input)) {
    const field = fields.find((one) => one.name === name);
    if (field === undefined) return undefined;
    const words = typeof value === "string" && field.kind !== "json" ? value : JSON.stringify(value);
    if (field.kind === "choice" && !field.options!.includes(words)) return undefined;
    // An empty box says nothing, and a box of one line has no second.
    if (words.trim() === "" || (words.includes("\n") && (field.kind === "text" || field.kind === "number"))) return undefined;
    drafts[name] = words;
  }
  return drafts;
}

export function parseObject(json: string): Input | undefined {
  if (json.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Input) : undefined;
  } catch {
    return undefined; // The box says so when it is run.
  }
}

function valueOf(kind: FormField["kind"], words: string): unknown {
  if (kind === "number") return Number.isNaN(Number(words)) ? words : Number(words);
  if (kind === "choice" && (words === "true" || words === "false")) return words === "true";
  return words;
}

function toField(name: string, schema: JsonSchema, isRequired: boolean): FormField {
  const initial = schema["default"];
  const { description } = schema as { readonly description?: string };
  const kind = kindOf(schema);
  const words = [description, boundsOf(schema)].filter((one) => one !== undefined).join("; ");
  return {
    name,
    isRequired,
    ...kind,
    ...(initial === undefined ? {} : { initial: typeof initial === "string" ? initial : JSON.stringify(initial) }),
    ...(words === "" ? {} : { hint: words }),
  };
}

function kindOf(schema: JsonSchema): Pick<FormField, "kind" | "options"> {
  const ways = (schema["anyOf"] as readonly JsonSchema[] | undefined) ?? [schema];
  if (ways.some(({ type }) => type === "boolean") && ways.length <= 2 && !ways.some(isFreeText))
    return { kind: "choice", options: ["true", "false"] };
  const { enum: options, type } = ways[0]!;
  if (ways.length === 1 && Array.isArray(options)) return { kind: "choice", options: options.map(String) };
  if (ways.length === 1 && type === "string") return { kind: (ways[0]!["maxLength"] as number) > LONG ? "long" : "text" };
  if (type === "number" || type === "integer") return { kind: "number" };
  // Of several forms a text is the one that people write: a list in words, a sequence number or a time.
  return { kind: ways.length > 1 && ways.some(isFreeText) && !ways.some(({ type: one }) => one === "object") ? "text" : "json" };
}

function isFreeText({ type, enum: options }: JsonSchema): boolean {
  return type === "string" && options === undefined;
}

function boundsOf(schema: JsonSchema): string | undefined {
  const { minimum, maximum, format } = schema as { readonly minimum?: number; readonly maximum?: number; readonly format?: string };
  if (format === "date-time") return "a time, such as 2026-11-20T12:00:00Z";
  if (format === "date") return "a day, such as 2026-11-20";
  const isBounded = (bound: number | undefined): bound is number => bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
  if (isBounded(minimum) && isBounded(maximum)) return `${minimum} to ${maximum}`;
  return isBounded(minimum) ? `from ${minimum}` : isBounded(maximum) ? `at most ${maximum}` : undefined;
}
