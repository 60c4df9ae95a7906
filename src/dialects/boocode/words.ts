import type { MessagePart } from "../../contract/events/message.ts";
import { isBodyRef, previewOf, type Text } from "../../contract/text.ts";

/** The text of a body that is stored apart, while it is kept. */
export type BodyText = (sha256: string) => string | undefined;

/** One message may be so long; what is cut says so. */
const MAX_MESSAGE = 200_000;
const MAX_OUTPUT = 16_000;
const MAX_INPUT = 16_000;

export interface Words {
  readonly content: string;
  readonly reasoning: string;
}

/** What parts of a message say; pieces of one text stand side by side. An image or file is named, not sent. */
export function wordsOf(parts: readonly MessagePart[], body: BodyText): Words {
  let content = "";
  let reasoning = "";
  let kind: MessagePart["kind"] | undefined;
  for (const part of parts) {
    const between = kind === undefined || kind === part.kind ? "" : "\n";
    if (part.kind === "thinking") reasoning += (reasoning === "" ? "" : between) + whole(part.text, body);
    else content += (content === "" ? "" : between) + (part.kind === "text" ? whole(part.text, body) : `[${nameOf(part)}]`);
    kind = part.kind;
  }
  return { content: cut(content, MAX_MESSAGE).text, reasoning: cut(reasoning, MAX_MESSAGE).text };
}

function nameOf(part: Extract<MessagePart, { kind: "image" | "file" }>): string {
  return (part.kind === "file" ? part.name : undefined) ?? part.kind;
}

export function outputOf(output: unknown, body: BodyText): { readonly output: string; readonly truncated: boolean } {
  const text = textOf(output, body);
  const { text: shown, isCut } = cut(text, MAX_OUTPUT);
  return { output: shown, truncated: isCut };
}

/** The arguments of a call as an object, whatever they are. Long ones are named instead of sent. */
export function argsOf(input: unknown, body: BodyText, max = MAX_INPUT): Readonly<Record<string, unknown>> {
  if (input === undefined || input === null) return {};
  if (typeof input !== "object" || Array.isArray(input) || isBodyRef(input)) return { input: cut(textOf(input, body), max).text };
  return Object.fromEntries(
    Object.entries(input).map(([key, value]: [string, unknown]) => {
      if (typeof value === "string" || isBodyRef(value)) return [key, cut(textOf(value, body), max).text];
      const text = textOf(value, body);
      return [key, text === "" ? value : text.length <= max ? (JSON.parse(text) as unknown) : cut(text, max).text];
    }),
  );
}

export function textOf(value: unknown, body: BodyText): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string" || isBodyRef(value)) return whole(value, body);
  return JSON.stringify(value, (_key, part: unknown) => (isBodyRef(part) ? whole(part, body) : part));
}

function whole(text: Text, body: BodyText): string {
  return isBodyRef(text) ? (body(text.body.sha256) ?? previewOf(text)) : text;
}

function cut(text: string, max: number): { readonly text: string; readonly isCut: boolean } {
  return text.length <= max
    ? { text, isCut: false }
    : { text: `${text.slice(0, max)} … (${text.length - max} more characters)`, isCut: true };
}
