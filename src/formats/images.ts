import type { MessagePart } from "../contract/events/message.ts";
import { imageAddress } from "../lib/images.ts";
import { fields, list, str } from "./fields.ts";

/** Base64 of 5 MB, which is the most that models take. A longer one is told without its bytes. */
const MAX_CHARS = 7_000_000;
const MAX_IMAGES = 100;

type ImagePart = Extract<MessagePart, { kind: "image" }>;

/**
 * The images among the blocks of a message or an answer, in whatever client's form: Claude's `source`, the `data` of ACP and MCP, Codex's
 * `image_url`, Gemini's `inlineData`, the `url` of opencode's files. `text` is a `data:` address, or where the image lies elsewhere.
 */
export function imagesIn(content: unknown): ImagePart[] {
  return list(content)
    .map(imageIn)
    .filter((part) => part !== undefined)
    .slice(0, MAX_IMAGES);
}

function imageIn(value: unknown): ImagePart | undefined {
  const block = fields(value);
  if (block === undefined) return undefined;
  const source = fields(block["source"]) ?? fields(block["inlineData"]) ?? block;
  const media_type = str(source["media_type"]) ?? str(source["mimeType"]) ?? str(source["mime"]);
  const isImage =
    block["type"] === "image" ||
    block["type"] === "input_image" ||
    ((block["type"] === "file" || block["inlineData"] !== undefined) && media_type?.startsWith("image/") === true);
  if (!isImage) return undefined;
  const told = str(source["data"]) ?? str(source["url"]) ?? str(source["image_url"]) ?? str(source["uri"]);
  const text = told === undefined || told.length > MAX_CHARS ? undefined : (imageAddress(told) ?? addressOf(told));
  return { kind: "image", ...(media_type === undefined ? {} : { media_type }), ...(text === undefined ? {} : { text }) };
}

/** Other addresses are names of places; bytes that are no picture are none. */
function addressOf(text: string): string | undefined {
  return /^(?:https?|file):\/\/\S{1,2000}$/.test(text) ? text : undefined;
}
