import { isBodyRef, type Text } from "../../../src/contract/text.ts";
import { Code } from "./code.tsx";
import { LongText } from "./long-text.tsx";
import { languageOf } from "./language-of.ts";
import { safeText } from "./safe-text.ts";

/**
 * What went into a call or came out of it: coloured where its language is known, its beginning at once and the whole when asked for. The text of a file
 * is shown as itself, in its own language. `path` is the file that a plain text comes from.
 */
export function Value({ label, value, path }: { label: string; value: unknown; path?: string | undefined }) {
  const { text, language, file } = readable(value, path);
  return (
    <div>
      <div className="fold__label">
        {label}
        {file !== undefined && <span className="mono"> {safeText(file)}</span>}
      </div>
      <LongText text={text}>{(words) => <Code text={safeText(words)} language={language} wrap />}</LongText>
    </div>
  );
}

/** The file that a call reads, whose text comes out of it as it stands. */
export function readFrom({
  name,
  kind,
  input,
}: {
  name?: string | undefined;
  kind?: string | undefined;
  input?: unknown;
}): string | undefined {
  return name === "Read" || kind === "read" ? pathIn(input) : undefined;
}

interface Readable {
  readonly text: Text;
  readonly language?: string | undefined;
  readonly file?: string | undefined;
}

/** Text as it is; the one thing that an input is about, as itself; everything else as JSON. */
function readable(value: unknown, path?: string): Readable {
  if (typeof value === "string" || isBodyRef(value)) {
    if (path !== undefined) return { text: value, language: languageOf(path) };
    return typeof value === "string" && /^\s*[[{]["\s[{]/.test(value) ? { text: value, language: "json" } : { text: value };
  }
  const fields = value as Readonly<Record<string, unknown>>;
  if (typeof fields["command"] === "string") return { text: fields["command"], language: "bash" };
  const told = fileIn(fields["file"]) ?? fileIn(fields);
  if (told !== undefined) return { text: told.text, language: languageOf(told.path), file: told.path };
  return { text: JSON.stringify(value, undefined, 2) ?? String(value), language: "json" };
}

/** A file's name and text, as what writes or reads one tells them. */
function fileIn(value: unknown): { readonly path: string; readonly text: Text } | undefined {
  const path = pathIn(value);
  const text = (value as { content?: unknown } | undefined)?.content;
  return path !== undefined && (typeof text === "string" || isBodyRef(text)) ? { path, text } : undefined;
}

function pathIn(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { file_path, filePath } = value as { file_path?: unknown; filePath?: unknown };
  const path = file_path ?? filePath;
  return typeof path === "string" ? path : undefined;
}
