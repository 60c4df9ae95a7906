import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { problemsOf } from "./problems.ts";

test("what is wrong reads on after the field, without words of the schema library", () => {
  const cases: readonly (readonly [z.ZodType, unknown, string])[] = [
    [z.string(), undefined, "is required"],
    [z.string(), null, "must be text, not null"],
    [z.number(), "x", "must be a number, not text"],
    [z.number().int(), 1.5, "must be a whole number"],
    [z.string().min(1), "", "must not be empty"],
    [z.string().max(3), "four", "must have at most 3 characters"],
    [z.array(z.string()).max(1), ["a", "b"], "must have at most 1 items"],
    [z.number().max(200), 201, "must be at most 200"],
    [z.number().positive(), 0, "must be more than 0"],
    [z.enum(["a", "b", "c"]), "d", "must be a, b or c"],
    [z.strictObject({}), { a: 1, b: 2 }, "has unknown fields: a, b"],
    [z.iso.datetime(), "noon", "is not an RFC 3339 time"],
    [z.string().regex(/^x$/), "y", "is not of the right form"],
    [z.union([z.string(), z.number()]), true, "must be text, not true or false"],
    [z.discriminatedUnion("kind", [z.object({ kind: z.literal("a") })]), { kind: "b" }, "is of no known kind"],
    [z.union([z.string(), z.number()], { error: "must be a seq or a time" }), true, "must be a seq or a time"],
  ];
  for (const [schema, value, message] of cases) {
    const { error } = z.object({ field: schema }).safeParse({ field: value });
    assert.deepEqual(
      problemsOf(error!, "input").map((problem) => problem.message),
      [message],
    );
  }
});

test("the whole input and a field within another have names", () => {
  assert.deepEqual(problemsOf(z.object({}).safeParse(1).error!, "event"), [{ field: "event", message: "must be an object, not a number" }]);
  const { error } = z.object({ a: z.object({ b: z.string() }) }).safeParse({ a: {} });
  assert.deepEqual(problemsOf(error!, "event", "data"), [{ field: "data.a.b", message: "is required" }]);
});
