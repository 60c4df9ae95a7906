import { z } from "zod";
import { problemsOf } from "../../contract/problems.ts";
import { eventTypes } from "../../contract/events/index.ts";

/**
 * A template: text with `${path}` places. A text that is one place alone gives the value as it is, of whatever kind; a place that leads nowhere
 * makes the whole template absent. `${a.b.0}` goes through objects and lists.
 */
const Template = z.string().max(2_000);

/** A value of event data: a template, a plain value, or an object or list of them. */
type Filled = string | number | boolean | null | readonly Filled[] | { readonly [key: string]: Filled };
const FilledSchema: z.ZodType<Filled> = z.lazy(() =>
  z.union([Template, z.number(), z.boolean(), z.null(), z.array(FilledSchema), z.record(z.string(), FilledSchema)]),
);

const typeNames = eventTypes.map((type) => type.type);

/** One of our events that a foreign record gives. `key` names the fact: the same key told again is the same event. */
const Rule = z.strictObject({
  event: z.string().refine((name) => (typeNames as string[]).includes(name) || /^x\.[a-z0-9_-]+(\.[a-z0-9_-]+)+$/.test(name), {
    error: "must be an event type, or a name of your own that begins with x.",
  }),
  /** Template; default: a fingerprint of the record. */
  key: Template.optional(),
  /** Only records for which every template here gives exactly this text. */
  when: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  /** Template of the agent's id; default: the mapping's. */
  agent: Template.optional(),
  data: z.record(z.string(), FilledSchema),
});

/** How to read a program's own JSONL: which field says what, and which of our events each type of record gives. */
export const Mapping = z.strictObject({
  /** The program's name, as it will be shown. */
  app: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,49}$/, { error: "must be lower-case letters, digits, dots and dashes" }),
  way: z.enum(["hook", "transcript", "stream", "other"]).default("other"),
  session: Template,
  /** Absent or empty in a record: the main agent. */
  agent: Template.optional(),
  /** Gives RFC 3339 text, or seconds or milliseconds since 1970. */
  time: Template,
  /** What tells records apart. */
  type: Template,
  events: z.record(z.string(), z.array(Rule).max(20)),
  /** What becomes of a type without a rule. */
  others: z.enum(["keep", "drop"]).default("keep"),
});
export type Mapping = z.infer<typeof Mapping>;
export type MappingRule = z.infer<typeof Rule>;

export type ReadMapping = { readonly ok: true; readonly mapping: Mapping } | { readonly ok: false; readonly problems: readonly string[] };

/** Checks a mapping file; each problem names the field by its path. */
export function readMapping(value: unknown): ReadMapping {
  const read = Mapping.safeParse(value);
  if (read.success) return { ok: true, mapping: read.data };
  return { ok: false, problems: problemsOf(read.error, "mapping").map(({ field, message }) => `${field}: ${message}`) };
}
