import type { z } from "zod";
import { OrreryError } from "../contract/errors.ts";
import type { Operation } from "../contract/operation.ts";

interface Problem {
  readonly field: string;
  readonly message: string;
}

/** The one check of an operation's input, the same at every door. Problems name each bad field. */
export function parseInput<S extends z.ZodType>(schema: S, raw: unknown): z.output<S> {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new OrreryError("BAD_INPUT", { problems: problemsOf(parsed.error) });
}

/** Input of an operation whose whole HTTP body is a list of items: one value, an array of them or NDJSON. */
export function itemsField(operation: Operation): "events" | "bodies" | undefined {
  if (operation.body === "events") return "events";
  return operation.body === "raw" ? "bodies" : undefined;
}

function problemsOf(error: z.ZodError): Problem[] {
  return error.issues.slice(0, 20).map((issue) => ({ field: issue.path.join(".") || "input", message: sentenceOf(issue) }));
}

/** zod's messages, worded so that they read on after the name of the field. */
function sentenceOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_union") {
    const nested = issue.errors.flat();
    const chosen = nested.find((inner) => inner.code !== "invalid_type") ?? nested[0];
    if (chosen !== undefined) return sentenceOf(chosen);
  }
  if (issue.message.endsWith("received undefined")) return "is required";
  const wrongType = /^Invalid input: expected (.+), received (.+)$/.exec(issue.message);
  if (wrongType !== null) return `must be ${wrongType[1]}, not ${wrongType[2]}`;
  const [first = "", ...rest] = issue.message;
  return /^(?:Too|Invalid)/.test(issue.message) ? `is ${first.toLowerCase()}${rest.join("")}` : issue.message;
}
