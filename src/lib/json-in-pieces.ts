import { createPacer, type Clock } from "./clock.ts";

/** Deep enough for a table of rows within an answer; what lies deeper is small. */
const DEPTH = 2;

/** What `JSON.stringify` gives for an object or array, worked out in pieces, of which each takes little time. Nothing in it may change meanwhile. */
export async function jsonInPieces(value: object, clock: Pick<Clock, "now" | "soon">): Promise<string> {
  const breathe = createPacer(clock);
  const texts: string[] = [];
  for (const text of jsonPieces(value, DEPTH)) {
    texts.push(text);
    await breathe();
  }
  return texts.join("");
}

function* jsonPieces(value: unknown, depth: number): Generator<string> {
  if (depth === 0 || typeof value !== "object" || value === null || "toJSON" in value) return yield JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      yield index === 0 ? "[" : ",";
      yield* jsonPieces(item, depth - 1);
    }
    return yield value.length === 0 ? "[]" : "]";
  }
  let mark = "{";
  for (const [key, each] of Object.entries(value)) {
    if (each === undefined || typeof each === "function" || typeof each === "symbol") continue;
    yield `${mark}${JSON.stringify(key)}:`;
    yield* jsonPieces(each, depth - 1);
    mark = ",";
  }
  return yield mark === "{" ? "{}" : "}";
}
