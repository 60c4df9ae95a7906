import { Check, Link2, Pin } from "lucide-react";
import { useState } from "react";
import { previewOf } from "../../../../src/contract/text.ts";
import { partsOf } from "../../../../src/projections/messages.ts";
import { clip } from "../../ui/format.ts";
import type { Row } from "./row.ts";
import { linkTo, togglePin } from "./pins.ts";
import "./pins.css";
import { control } from "../../mirror/control.ts";

const WORDS = 90;

/** Beside a message or a call: pin it, or take its address along. */
export function RowTools({ row, sessionId, isPinned }: { row: Row & { kind: "message" | "call" }; sessionId: string; isPinned: boolean }) {
  const [copied, setCopied] = useState<"yes" | "no">();
  const copy = () =>
    navigator.clipboard.writeText(linkTo(row.key)).then(
      () => setCopied("yes"),
      () => setCopied("no"),
    );
  const pin = isPinned ? "Unpin" : "Pin";
  const link = copied === "yes" ? "Link copied" : copied === "no" ? "The browser refused to copy the link" : "Copy link";
  const what = row.kind === "message" ? "this message" : "this call";
  return (
    <div className="row-tools" data-pinned-row={isPinned || undefined}>
      <button
        {...control("session.pin", row.key)}
        type="button"
        className="row-tools__button"
        aria-pressed={isPinned}
        aria-label={`Pin ${what}`}
        title={pin}
        onClick={() => togglePin(sessionId, { key: row.key, words: wordsOf(row) })}
      >
        <Pin size={13} fill={isPinned ? "currentColor" : "none"} aria-hidden />
      </button>
      <button
        {...control("session.copy_link", row.key)}
        type="button"
        className="row-tools__button"
        aria-label={`${link}: ${what}`}
        title={link}
        onClick={copy}
      >
        {copied === "yes" ? <Check size={13} aria-hidden /> : <Link2 size={13} aria-hidden />}
      </button>
    </div>
  );
}

function wordsOf(row: Row & { kind: "message" | "call" }): string {
  if (row.kind === "call") return clip([row.call.name, row.call.title].filter((part) => part !== undefined).join(" ") || "call", WORDS);
  const part = partsOf(row.message).find(({ text }) => text !== undefined && previewOf(text).trim() !== "");
  return clip(part?.text === undefined ? (row.message.role === "user" ? "Prompt" : "Message") : previewOf(part.text).trim(), WORDS);
}
