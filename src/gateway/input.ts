import type { z } from "zod";
import { OrreryError } from "../contract/errors.ts";
import type { Operation } from "../contract/operation.ts";
import { problemsOf } from "../contract/problems.ts";

/** The one check of an operation's input, the same at every door. Problems name each bad field. */
export function parseInput<S extends z.ZodType>(schema: S, raw: unknown): z.output<S> {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new OrreryError("BAD_INPUT", { problems: problemsOf(parsed.error, "input") });
}

/** Input of an operation whose whole HTTP body is a list of items: one value, an array of them or NDJSON. */
export function itemsField(operation: Operation): "events" | "bodies" | undefined {
  if (operation.body === "events") return "events";
  return operation.body === "raw" ? "bodies" : undefined;
}
