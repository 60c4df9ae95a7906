import { safeText } from "../../ui/safe-text.ts";
import { markedParts } from "./hits.ts";

/** Text with its matches marked: always text, whatever an agent wrote. */
export function Marked({ text, marks }: { text: string; marks: readonly (readonly [number, number])[] }) {
  return markedParts(text, marks).map(({ words, isMark }, index) =>
    isMark ? <mark key={index}>{safeText(words)}</mark> : <span key={index}>{safeText(words)}</span>,
  );
}
