const types = [
  ["iVBORw0KGgo", "image/png"],
  ["/9j/", "image/jpeg"],
  ["R0lGOD", "image/gif"],
  ["UklGR", "image/webp"],
] as const;
const ADDRESS = /^data:image\/(?:png|jpe?g|gif|webp);base64,/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * The picture that a text is, as a `data:` address: a text that is nothing but the base64 of a PNG, JPEG, GIF or WebP file, by its first
 * bytes, with or without a `data:` address before it. A text that holds anything else is no picture.
 */
export function imageAddress(text: string): string | undefined {
  const type = imageType(text);
  if (type === undefined) return undefined;
  const base64 = text.slice(ADDRESS.exec(text)?.[0].length ?? 0);
  return BASE64.test(base64) ? `data:${type};base64,${base64}` : undefined;
}

/** The media type that the beginning of a text tells, if it is a picture's. */
export function imageType(text: string): string | undefined {
  const from = text.startsWith("data:") ? (ADDRESS.exec(text)?.[0].length ?? -1) : 0;
  return from < 0 ? undefined : types.find(([magic]) => text.startsWith(magic, from))?.[1];
}
