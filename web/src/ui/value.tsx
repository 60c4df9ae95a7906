import { isBodyRef, type Text } from "../../../src/contract/text.ts";
import { Code } from "./code.tsx";
import { LongText } from "./long-text.tsx";
import { safeText } from "./safe-text.ts";

/** What went into a call or came out of it: coloured where its language is known, its beginning at once and the whole when asked for. */
export function Value({ label, value }: { label: string; value: unknown }) {
  const { text, language } = readable(value);
  return (
    <div>
      <div className="fold__label">{label}</div>
      <LongText text={text}>{(words) => <Code text={safeText(words)} language={language} wrap />}</LongText>
    </div>
  );
}

/** Text as it is; the one thing that an input is about, as itself; everything else as JSON. */
function readable(value: unknown): { text: Text; language?: string } {
  if (typeof value === "string") return /^\s*[[{]["\s[{]/.test(value) ? { text: value, language: "json" } : { text: value };
  if (isBodyRef(value)) return { text: value };
  const command = (value as { command?: unknown }).command;
  if (typeof command === "string") return { text: command, language: "bash" };
  return { text: JSON.stringify(value, undefined, 2) ?? String(value), language: "json" };
}
