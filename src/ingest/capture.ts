import { createHmac } from "node:crypto";
import type { CaptureMode } from "../contract/config.ts";
import { contentOf, type Content } from "../contract/events/content.ts";
import type { EventDraft } from "../contract/events/index.ts";
import { isBodyRef, type BodyRef } from "../contract/text.ts";
import { redactData } from "../lib/secrets.ts";

/** Characters that `preview` leaves of each text. */
const PREVIEW_CHARS = 200;
const MAX_DEPTH = 100;

/** What is done to every event before anything of it is stored. Pure: the same event always becomes the same. */
export type Guard = (draft: EventDraft) => EventDraft;

/**
 * Takes secrets out of every field, and of the words what the capture mode leaves: `full` all, `preview` the first 200 characters of each
 * text, `metadata` none. A shortened text keeps its size and a digest made with `salt`, so that two tellings of the same words still meet;
 * nothing can be read from it, and no body is stored under it.
 */
export function createGuard(mode: CaptureMode, salt: string): Guard {
  if (mode === "full") return redactData;
  const keep = mode === "preview" ? PREVIEW_CHARS : 0;
  return (draft) => withoutContent(redactData(draft), keep, salt);
}

/**
 * An event whose texts are cut to `keep` characters, and its plain words too; with 0 those go altogether, or stay where only `texts` are
 * meant: titles and names tell sessions apart long after.
 */
export function withoutContent(draft: EventDraft, keep: number, salt: string, what: "all" | "texts" = "all"): EventDraft {
  const content: Content = (contentOf as Readonly<Record<string, Content | undefined>>)[draft.type] ?? { texts: Object.keys(draft.data) };
  const data: Record<string, unknown> = { ...draft.data };
  for (const path of content.texts ?? []) cutAt(data, path.split("."), (text) => cut(text, keep, salt));
  for (const name of what === "all" ? (content.words ?? []) : []) {
    const text = data[name];
    if (keep === 0) delete data[name];
    else if (typeof text === "string" && text.length > keep) data[name] = text.slice(0, keep).toWellFormed();
  }
  return { ...draft, data } as EventDraft;
}

/** Cuts what stands at a path. `parts` of `parts.text` is a list: the path goes on in each of its items. */
function cutAt(data: Record<string, unknown>, [name, ...rest]: readonly string[], cutText: (text: string | BodyRef) => unknown): void {
  const value = data[name!];
  if (value === undefined) return;
  if (rest.length === 0) data[name!] = cutDeep(value, cutText, 0);
  else if (Array.isArray(value))
    data[name!] = value.map((item: unknown) => {
      const copy = { ...(item as Record<string, unknown>) };
      cutAt(copy, rest, cutText);
      return copy;
    });
}

function cutDeep(value: unknown, cutText: (text: string | BodyRef) => unknown, depth: number): unknown {
  if (typeof value === "string" || isBodyRef(value)) return cutText(value);
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => cutDeep(item, cutText, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, cutDeep(field, cutText, depth + 1)]));
}

function cut(text: string | BodyRef, keep: number, salt: string): string | BodyRef {
  if (typeof text !== "string") return { body: { ...text.body, preview: text.body.preview.slice(0, keep).toWellFormed() } };
  if (text.length <= keep || text === "") return text;
  // Sources differ in the blanks around the same words.
  const sha256 = createHmac("sha256", salt).update(text.trim()).digest("hex");
  return { body: { sha256, size_bytes: Buffer.byteLength(text), preview: text.slice(0, keep).toWellFormed() } };
}
