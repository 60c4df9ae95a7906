import { imageType } from "../../../../src/lib/images.ts";
import { isBodyRef, previewOf, type Text } from "../../../../src/contract/text.ts";

const MAX_DEPTH = 20;
const PLACE = "[image, shown above]";

/** The pictures in what a call was given or answered, and the rest with a word in their places. */
export function picturesIn(value: unknown): { readonly pictures: readonly Text[]; readonly rest: unknown } {
  const pictures: Text[] = [];
  const without = (each: unknown, depth: number): unknown => {
    if (typeof each === "string" || isBodyRef(each)) {
      if (imageType(previewOf(each)) === undefined) return each;
      pictures.push(each);
      return PLACE;
    }
    if (typeof each !== "object" || each === null || depth > MAX_DEPTH) return each;
    if (Array.isArray(each)) return each.map((item: unknown) => without(item, depth + 1));
    return Object.fromEntries(Object.entries(each).map(([key, field]) => [key, without(field, depth + 1)]));
  };
  const rest = without(value, 0);
  return pictures.length === 0 ? { pictures, rest: value } : { pictures, rest };
}
