import type { AskDetail } from "../../../../src/contract/operations/asks.ts";
import type { KeptRule } from "../../../../src/contract/operations/policy.ts";
import { previewOf } from "../../../../src/contract/text.ts";
import type { z } from "zod";

export type Scope = z.infer<typeof KeptRule>["scope"];

/** What may be chosen with one key: the ask's options, or those of its only question. */
export function choicesOf({
  options,
  questions,
  schema,
}: AskDetail): { readonly words: string; readonly more?: string; readonly value: unknown }[] {
  if (options !== undefined && options.length > 0)
    return options.map(({ id, label }) => ({ words: label === undefined ? id : previewOf(label), value: id }));
  const only = questions?.length === 1 ? questions[0]! : undefined;
  if (only !== undefined && only.is_multiple !== true)
    return (only.options ?? []).map(({ label, description }) => ({
      words: previewOf(label),
      value: { [previewOf(only.question)]: previewOf(label) },
      ...(description === undefined ? {} : { more: previewOf(description) }),
    }));
  const listed = (schema as { readonly enum?: unknown } | undefined)?.enum;
  return Array.isArray(listed) ? listed.map((value: unknown) => ({ words: String(value), value })) : [];
}

/** The part of a call that a rule is about: its command or its file. */
export function ruleField(input: unknown): { readonly field: "command" | "path"; readonly words: string } | undefined {
  // opencode names the file `filepath`.
  const {
    command,
    file_path,
    filepath = file_path,
  } = (typeof input === "object" && input !== null ? input : {}) as Readonly<Record<string, unknown>>;
  if (typeof command === "string") return { field: "command", words: command };
  return typeof filepath === "string" ? { field: "path", words: filepath } : undefined;
}

/** What a person edits: the command alone where there is one, else the input as JSON. */
export function toEdit(input: unknown): { readonly words: string; readonly isJson: boolean } {
  const command = (input as { readonly command?: unknown } | undefined)?.command;
  if (typeof command === "string") return { words: command, isJson: false };
  return { words: JSON.stringify(input, undefined, 2) ?? "", isJson: true };
}

/** The input with what was edited in it. Throws SyntaxError, or an Error that says what is wrong. */
export function edited(input: unknown, words: string): unknown {
  const { isJson } = toEdit(input);
  if (words.trim() === "") throw new Error("Nothing is left to run");
  if (!isJson) return { ...(input as object), command: words };
  const value = JSON.parse(words) as unknown;
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("The input must be a JSON object");
  return value;
}

export interface SchemaField {
  readonly name: string;
  readonly label: string;
  readonly type: "string" | "number" | "boolean";
  readonly choices: readonly string[];
  readonly isRequired: boolean;
}

/** The fields of a flat object schema; undefined for a schema that only JSON can answer. */
export function schemaFields(schema: unknown): SchemaField[] | undefined {
  const { type, properties, required } = (schema ?? {}) as {
    readonly type?: unknown;
    readonly properties?: Readonly<Record<string, { type?: unknown; enum?: unknown; title?: unknown; description?: unknown }>>;
    readonly required?: unknown;
  };
  if (type !== "object" || properties === undefined) return undefined;
  const fields = Object.entries(properties).map(([name, field]): SchemaField | undefined => {
    const kind = field.type === "integer" ? "number" : field.type;
    if (kind !== "string" && kind !== "number" && kind !== "boolean") return undefined;
    return {
      name,
      label: String(field.title ?? field.description ?? name),
      type: kind,
      choices: Array.isArray(field.enum) ? field.enum.map(String) : [],
      isRequired: Array.isArray(required) && required.includes(name),
    };
  });
  return fields.every((field) => field !== undefined) ? fields : undefined;
}

/** What a form of such fields says. Fields that were left empty are absent. */
export function schemaValue(fields: readonly SchemaField[], form: FormData): Record<string, unknown> {
  const pairs = fields.flatMap(({ name, type }): [string, unknown][] => {
    const words = form.get(name);
    if (type === "boolean") return [[name, words === "on"]];
    if (typeof words !== "string" || words === "") return [];
    return [[name, type === "number" ? Number(words) : words]];
  });
  return Object.fromEntries(pairs);
}
