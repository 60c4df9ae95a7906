import { OrreryError } from "../contract/errors.ts";

/**
 * What stands in for an item that is not JSON: `{ "$unparsable": reason, "sample" }`. The operation rejects it like any other wrong item,
 * so that the lines before and after it are still taken and every line has its outcome.
 */
export interface Unparsable {
  readonly $unparsable: string;
  readonly sample: string;
}

const SAMPLE = 500;

type Encoding = "json" | "ndjson";

const encodings: Readonly<Record<string, Encoding>> = {
  "application/json": "json",
  "application/x-ndjson": "ndjson",
  "application/ndjson": "ndjson",
  "application/jsonl": "ndjson",
  "application/x-jsonlines": "ndjson",
};

/** How a body is written. Only types that a web form cannot send are read: a page elsewhere cannot post here unasked. */
export function encodingOf(headers: {
  readonly "content-type"?: string | undefined;
  readonly "content-encoding"?: string | string[] | undefined;
}): Encoding {
  const type = headers["content-type"] ?? "";
  if (type === "application/json") return "json";
  const encoding = encodings[type.split(";", 1)[0]!.trim().toLowerCase()];
  if (encoding === undefined) throw new OrreryError("UNSUPPORTED_MEDIA_TYPE", { content_type: type || "(none)" });
  return encoding;
}

export function refuseCompressed(contentEncoding: string | undefined): void {
  if (contentEncoding !== undefined && contentEncoding !== "identity")
    throw new OrreryError("UNSUPPORTED_MEDIA_TYPE", { content_type: `encoded as ${contentEncoding}` });
}

/** A body that is one JSON value. Bytes that are not UTF-8 become U+FFFD. */
export function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (cause) {
    throw new OrreryError("BAD_JSON", { reason: (cause as Error).message }, { cause });
  }
}

/** What agents send by hook: read like items, but nothing is refused. What is not JSON at all is one unparsable item. */
export function readRaw(body: Buffer, encoding: Encoding): unknown[] {
  try {
    return readItems(body, encoding);
  } catch (error) {
    return [unparsable((error as Error).message, body.toString("utf8", 0, SAMPLE))];
  }
}

/** A body that is one item, an array of items, or NDJSON; NDJSON is also read under a plain JSON content type. */
export function readItems(body: Buffer, encoding: Encoding): unknown[] {
  const text = body.toString("utf8");
  if (encoding === "ndjson") return readLines(text);
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [value];
  } catch (cause) {
    if (firstLineIsJson(text)) return readLines(text);
    throw new OrreryError("BAD_JSON", { reason: (cause as Error).message }, { cause });
  }
}

function readLines(text: string): unknown[] {
  const items: unknown[] = [];
  let start = 0;
  while (start < text.length) {
    const newline = text.indexOf("\n", start);
    const end = newline === -1 ? text.length : newline;
    const line = text.slice(start, end);
    if (line !== "" && line.trim() !== "") items.push(readLine(line, items.length));
    start = end + 1;
  }
  return items;
}

function readLine(line: string, index: number): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    return unparsable(`item ${index}: ${(error as Error).message}`, line);
  }
}

function unparsable(reason: string, text: string): Unparsable {
  return { $unparsable: reason, sample: text.slice(0, SAMPLE) };
}

function firstLineIsJson(text: string): boolean {
  const [line] = text.trimStart().split("\n", 1);
  if (!line?.startsWith("{")) return false;
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false; // Not NDJSON either: the caller reports what is wrong with the whole.
  }
}
