import { textHash } from "../../lib/text-hash.ts";

/**
 * Hooks name neither calls nor requests nor prompts, so the sources of one session are joined by content: the third time that a tool is
 * called with the same input is the third in each of them. Counts are plain data.
 */
export type Counts = Readonly<Record<string, number>>;

/** The key of the next thing with this content, and the counts after it. */
export function next(counts: Counts, content: string): { readonly key: string; readonly counts: Counts } {
  const hash = textHash(content);
  const n = Object.hasOwn(counts, hash) ? counts[hash]! : 0;
  return { key: keyOf(hash, n), counts: { ...counts, [hash]: n + 1 } };
}

export function keyOf(hash: string, n: number): string {
  return `${hash}.${n}`;
}

/** JSON with sorted keys: the same input has the same text, in whatever order its fields come. */
export function canonical(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "";
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(",")}}`;
}

export function callContent(name: string, input: unknown): string {
  return `call ${name} ${canonical(input ?? {})}`;
}

export function promptContent(text: string): string {
  return `prompt ${text.trim()}`;
}

export function requestContent(prompt: number, answer: number): string {
  return `request ${prompt} ${answer}`;
}
