// Inputs that nobody foresaw, made from what an operation declares: each field left out, fitting, nearly fitting, or junk.
import fc from "fast-check";
import { z } from "zod";
import type { Operation } from "../../src/contract/operation.ts";

type Schema = {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
};
type Input = Readonly<Record<string, unknown>>;

/** What real things are called, so that not every question ends at "there is no such thing". */
interface Names {
  readonly ids: readonly string[];
  /** Where files may be written. Whatever else a path says is no absolute one. */
  readonly folder: string;
}

const nastyTexts = [
  "",
  " ",
  "\0",
  "a\0b",
  "\ud800",
  "\u202e\u0000\uffff",
  "../../../../etc/passwd",
  "..%2f..%2fetc%2fpasswd",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  '"',
  '" OR 1=1 --',
  "'; DROP TABLE events; --",
  'NEAR("a b", 5) AND (',
  "* ^ : - + ( ) { }",
  "(a+)+$",
  "(?:".repeat(500),
  "%",
  "\r\nSet-Cookie: a=b",
  "$ref",
  "1e999",
  "-1",
  "9007199254740993",
  "0x7f",
  "NaN",
  "2026-13-45T99:99:99.999Z",
  "+275760-09-13T00:00:00.001Z",
  "0000-01-01T00:00:00Z",
  "2026-11-20T12:00:00.000+14:00",
  "ses_",
  "eyJ9",
  "W10",
  "😀".repeat(100),
  "x".repeat(5_000),
  "x.".repeat(3_000),
];

const text = fc.oneof(fc.constantFrom(...nastyTexts), fc.string({ unit: "binary", maxLength: 60 }), fc.base64String({ maxLength: 80 }));
const number = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.constantFrom(0, -0, -1, 1, 1.5, 201, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), 8.64e15, 8.64e15 + 1, 1e308, Number.NaN, Infinity),
);
const deep = fc.constantFrom(...[100, 2_000].map((levels) => JSON.parse(`${"[".repeat(levels)}${"]".repeat(levels)}`) as unknown));
const poison = fc.constantFrom<unknown>(JSON.parse('{"__proto__":{"is_admin":true},"constructor":{"prototype":{}}}'), { toString: 1 }, [
  [],
]);
const junk: fc.Arbitrary<unknown> = fc.oneof(text, number, fc.boolean(), fc.constant(null), fc.jsonValue({ maxDepth: 3 }), deep, poison);

/** Waits are kept short: a question that is never answered is what is looked for. */
const waits: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  wait_ms: fc.constantFrom<unknown>(0, 1, -1, 20, "5", "x", 1.5, null, 1e9),
  deadline_s: fc.constantFrom<unknown>(0.01, 1, 0, -1, "1", "x", null, 1e9),
};

const SHORT_MS = 1_000;

export type Asked = Pick<Operation, "name" | "input">;

export function inputOf(operation: Asked, names: Names): fc.Arbitrary<Input> {
  const schema = z.toJSONSchema(operation.input, { io: "input", unrepresentable: "any" }) as Schema;
  const fields = Object.entries(schema.properties ?? {}).map(([name, each]): [string, fc.Arbitrary<unknown>] => {
    if (name in waits) return [name, waits[name]!];
    if (name === "path") return [name, pathIn(names)];
    return [name, fc.oneof({ weight: 4, arbitrary: fitting(each, names) }, { weight: 2, arbitrary: junk })];
  });
  // One that is long by itself is not left out.
  const isLongWait = Number(schema.properties?.["wait_ms"]?.default ?? 0) > SHORT_MS;
  const known = fc.record(Object.fromEntries(fields), { requiredKeys: isLongWait ? ["wait_ms"] : [] });
  const more = fc.dictionary(
    text.filter((key) => !(key in waits) && key !== "path"),
    junk,
    { maxKeys: 1 },
  );
  return fc.oneof(
    { weight: 6, arbitrary: known },
    { weight: 1, arbitrary: fc.tuple(known, more).map(([told, other]) => ({ ...told, ...other })) },
  );
}

function fitting(schema: Schema, names: Names): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined && schema.enum.length > 0) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined && choices.length > 0) return fc.oneof(...choices.map((each) => fitting(each, names)));
  switch (Array.isArray(schema.type) ? (schema.type as readonly string[])[0] : schema.type) {
    case "string":
      return fc.oneof(text, fc.constantFrom(...names.ids));
    case "integer":
      return fc.oneof(fc.integer({ min: 0, max: 200 }), number);
    case "number":
      return number;
    case "boolean":
      return fc.boolean();
    case "array":
      return fc.array(fc.oneof(schema.items === undefined ? junk : fitting(schema.items, names), junk), { maxLength: 4 });
    case "object":
      return fc.oneof(
        fc.record(Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, each]) => [name, fitting(each, names)])), {
          requiredKeys: [],
        }),
        junk,
      );
    default:
      return junk;
  }
}

function pathIn({ folder }: Names): fc.Arbitrary<unknown> {
  const inside = fc
    .constantFrom("", "/", "/x", "/claude", "/x\0y", `/${"y".repeat(300)}`, "/claude/../z")
    .map((rest) => `${folder}/fuzz${rest}`);
  return fc.oneof(
    inside,
    junk.filter((value) => typeof value !== "string" || !value.startsWith("/")),
  );
}
