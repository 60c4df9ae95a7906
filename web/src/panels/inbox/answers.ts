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
