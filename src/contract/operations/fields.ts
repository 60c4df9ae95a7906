// What many operations take or give back.
import { z } from "zod";

/** Query strings carry numbers as text; JSON carries them as numbers. Both are read. */
export const WholeNumber = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^-?\d{1,15}$/, { error: "must be a whole number" })
      .transform(Number),
  ])
  .pipe(z.number().int());

/** A query string carries it as a word. */
export const Flag = z
  .union([z.boolean(), z.enum(["true", "false"]).transform((word) => word === "true")], { error: "must be true or false" })
  .optional();

export const Id = z.string().min(1).max(200);
export const Time = z.iso.datetime({ offset: true, error: "must be an RFC 3339 time" });
export const Seq = WholeNumber.pipe(z.number().int().nonnegative());
export const Limit = WholeNumber.pipe(z.number().int().min(1).max(200)).default(50);
export const Cursor = z.string().max(500).optional();
/** A moment: a `seq`, or an RFC 3339 time. */
export const Moment = z.union([Seq, z.iso.datetime({ offset: true, error: "must be a seq or an RFC 3339 time" })]);
export type Moment = z.infer<typeof Moment>;

/** A repeated query parameter, a comma-separated one, or an array. */
export const Patterns = z
  .union([
    z.array(z.string().max(200)),
    z
      .string()
      .max(2_000)
      .transform((text) => text.split(",").filter((part) => part !== "")),
  ])
  .pipe(z.array(z.string().max(200)).max(100));

/** The answer of an operation that gives a list part by part: `next_cursor` is there while more follows. */
export function page<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next_cursor: z.string().optional() });
}
