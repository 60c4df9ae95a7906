import type { z } from "zod";

/** What is wrong with one field of an input. `message` reads on after the name of the field: `limit` "must be a number, not text". */
export interface Problem {
  readonly field: string;
  readonly message: string;
}

const MOST = 20;

/** What a schema found wrong, in words of ours. `whole` names the input itself, `root` the field that it stands in. */
export function problemsOf(error: z.ZodError, whole: string, root = ""): Problem[] {
  return error.issues.slice(0, MOST).map((issue) => ({
    field: [root, ...issue.path].filter((part) => part !== "").join(".") || whole,
    message: sentenceOf(issue),
  }));
}

/** zod's own messages in our words; a message that a schema of ours brings is left as it is. */
export function sentenceOf(issue: z.core.$ZodIssue): string {
  if (!/^(?:Invalid |Too |Unrecognized )/.test(issue.message) && issue.message !== "Invalid input") return issue.message;
  switch (issue.code) {
    case "invalid_union": {
      const nested = issue.errors.flat();
      const chosen = nested.find((inner) => inner.code !== "invalid_type") ?? nested[0];
      return chosen === undefined ? "is of no known kind" : sentenceOf(chosen);
    }
    case "invalid_type": {
      if (issue.message.endsWith("received undefined")) return "is required";
      const received = / received (.+)$/.exec(issue.message)?.[1] ?? "";
      const isPlain = issue.expected === "int" || received === "NaN";
      return `must be ${wordFor(issue.expected)}${isPlain ? "" : `, not ${wordFor(received)}`}`;
    }
    case "invalid_value":
      return `must be ${either(issue.values.map(String))}`;
    case "too_big":
    case "too_small": {
      const isBig = issue.code === "too_big";
      const limit = String(isBig ? issue.maximum : issue.minimum);
      const isCounted = issue.origin === "string" || issue.origin === "array";
      if (isCounted && !isBig && limit === "1") return "must not be empty";
      const than = issue.inclusive === false ? (isBig ? "less than" : "more than") : isBig ? "at most" : "at least";
      return isCounted ? `must have ${than} ${limit} ${issue.origin === "string" ? "characters" : "items"}` : `must be ${than} ${limit}`;
    }
    case "invalid_format":
      return `is not ${formats.get(issue.format) ?? "of the right form"}`;
    case "unrecognized_keys":
      return `has unknown fields: ${issue.keys.join(", ")}`;
    default:
      return "is not valid";
  }
}

function wordFor(type: string): string {
  return types.get(type) ?? type;
}

const types: ReadonlyMap<string, string> = new Map([
  ["string", "text"],
  ["int", "a whole number"],
  ["number", "a number"],
  ["boolean", "true or false"],
  ["array", "a list"],
  ["object", "an object"],
  ["record", "an object"],
  ["null", "null"],
]);

const formats: ReadonlyMap<string, string> = new Map([
  ["datetime", "an RFC 3339 time"],
  ["date", "a day such as 2026-11-20"],
  ["base64", "base64"],
  ["url", "an address"],
]);

function either(values: readonly string[]): string {
  return values.length < 2 ? values.join("") : `${values.slice(0, -1).join(", ")} or ${values.at(-1)!}`;
}
