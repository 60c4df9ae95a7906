import { useState, type ReactNode } from "react";
import { isBodyRef, type Text } from "../../../src/contract/text.ts";
import { useApp } from "../app/app-context.ts";
import { formatBytes } from "./format.ts";
import { control } from "../mirror/control.ts";

const SHOWN = 4_000;

/** A text that may be long or lie apart: its beginning at once, the whole when asked for. */
export function LongText({ text, children }: { text: Text; children: (words: string) => ReactNode }) {
  const { client } = useApp();
  const [whole, setWhole] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const stored = isBodyRef(text) ? text.body : undefined;
  const known = stored === undefined ? (text as string) : stored.preview;
  const isCut = whole === undefined && (stored !== undefined || known.length > SHOWN);
  const open = () => {
    if (stored === undefined) return setWhole(known);
    client
      .call("bodies.get", { sha256: stored.sha256 })
      .then(setWhole, (error: unknown) => setProblem(error instanceof Error ? error.message : String(error)));
  };
  return (
    <>
      {children(whole ?? known.slice(0, SHOWN))}
      {isCut && (
        <p>
          <button {...control("view.more")} type="button" className="linkish" onClick={open}>
            Open full text
          </button>{" "}
          <span className="dim">{formatBytes(stored?.size_bytes ?? known.length)}</span>
          {problem !== undefined && <span role="alert"> {problem}</span>}
        </p>
      )}
    </>
  );
}
