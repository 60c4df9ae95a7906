import { createHash } from "node:crypto";
import { OrreryError } from "../contract/errors.ts";
import type { EventDraft } from "../contract/events/index.ts";
import type { BodyRef } from "../contract/text.ts";
import type { Entry } from "./store.ts";

/** Texts longer than this leave their event (L8). Bytes of UTF-8. */
const LIMIT_BYTES = 16 * 1024;
const PREVIEW_CHARS = 1_000;
const MAX_DEPTH = 100;

/**
 * The draft with its JSON, every long text moved into `bodies` by SHA-256 and replaced by a reference with a preview. Throws `BAD_INPUT`
 * for what no store could take, so that it fails alone and not with everything that shares its transaction.
 */
export function toEntry(draft: EventDraft, bodies: Map<string, string>): Entry {
  if (Number.isNaN(Date.parse(draft.timestamp))) throw badInput("timestamp", `is not a time: ${String(draft.timestamp)}`);
  const json = toJson(draft.data);
  // A character of JSON text is at most three bytes of UTF-8, so shorter JSON cannot hold a text over the limit.
  if (json.length * 3 <= LIMIT_BYTES) return { draft, json };
  const data = replaceLong(draft.data, bodies, 0);
  return data === draft.data ? { draft, json } : { draft: { ...draft, data } as EventDraft, json: toJson(data) };
}

function toJson(data: unknown): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(data);
  } catch (cause) {
    throw badInput("data", `cannot be written as JSON: ${(cause as Error).message}`, cause);
  }
  if (json === undefined) throw badInput("data", "is missing");
  return json;
}

function badInput(field: string, message: string, cause?: unknown): OrreryError {
  return new OrreryError("BAD_INPUT", { problems: [{ field, message }] }, { cause });
}

function replaceLong(value: unknown, bodies: Map<string, string>, depth: number): unknown {
  if (typeof value === "string") return value.length * 3 <= LIMIT_BYTES ? value : toRef(value, bodies);
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return value;
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => replaceLong(item, bodies, depth + 1));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  let changed: Record<string, unknown> | undefined;
  for (const [key, field] of Object.entries(value)) {
    const replaced = replaceLong(field, bodies, depth + 1);
    if (replaced !== field) (changed ??= { ...(value as Record<string, unknown>) })[key] = replaced;
  }
  return changed ?? value;
}

function toRef(text: string, bodies: Map<string, string>): string | BodyRef {
  const wellFormed = text.toWellFormed();
  const bytes = Buffer.from(wellFormed, "utf8");
  if (bytes.length <= LIMIT_BYTES) return text;
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  bodies.set(sha256, wellFormed);
  return { body: { sha256, size_bytes: bytes.length, preview: wellFormed.slice(0, PREVIEW_CHARS).toWellFormed() } };
}
