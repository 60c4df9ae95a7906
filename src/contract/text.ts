import { z } from "zod";

/**
 * A body too large to travel with its event: stored once under its SHA-256, read with `GET /api/bodies/:sha256`.
 * `preview` is its first part, `size_bytes` its whole size in UTF-8.
 */
export const BodyRef = z.object({
  body: z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/), size_bytes: z.number().int().nonnegative(), preview: z.string() }),
});
export type BodyRef = z.infer<typeof BodyRef>;

/** Words of any length: short ones as they are, long ones by reference. */
export const Text = z.union([z.string(), BodyRef]);
export type Text = z.infer<typeof Text>;

/** Whether a text stands elsewhere and only its beginning is here. */
export function isBodyRef(value: unknown): value is BodyRef {
  return typeof value === "object" && value !== null && typeof (value as BodyRef).body?.sha256 === "string";
}

/** What can be shown at once of a text: all of it, or the preview of a stored body. */
export function previewOf(text: Text): string {
  return typeof text === "string" ? text : text.body.preview;
}
