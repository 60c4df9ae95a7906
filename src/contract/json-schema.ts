import { z } from "zod";

export type JsonSchema = Record<string, unknown> & {
  readonly properties?: Record<string, unknown>;
  readonly required?: readonly string[];
};

/** JSON Schema of what goes in (before defaults and conversions) or comes out. */
export function jsonSchema(schema: z.ZodType, io: "input" | "output"): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" }) as JsonSchema;
  return rest;
}
