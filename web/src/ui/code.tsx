import { memo, useEffect, useState } from "react";
import type { CodeLines } from "./highlight.ts";
import "./code.css";

/** Longer code is shown plain: colouring it would block the page. */
const COLOUR_LIMIT = 20_000;

export const Code = memo(function Code({ text, language, wrap = false }: { text: string; language?: string | undefined; wrap?: boolean }) {
  const [lines, setLines] = useState<CodeLines>();
  useEffect(() => {
    setLines(undefined);
    if (language === undefined || language === "" || text.length > COLOUR_LIMIT) return undefined;
    let isCurrent = true;
    const colour = async () => {
      const { highlight } = await import("./highlight.ts");
      const coloured = await highlight(text, language);
      if (isCurrent) setLines(coloured);
    };
    void colour();
    return () => {
      isCurrent = false;
    };
  }, [text, language]);
  return (
    // A scrolling region must be reachable by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <pre className={wrap ? "code code--wrap" : "code"} tabIndex={0}>
      {lines === undefined
        ? text
        : lines.map((line, at) => (
            <span key={at}>
              {line.map(({ words, colour }, index) => (
                <span key={index} style={{ color: colour }}>
                  {words}
                </span>
              ))}
              {at < lines.length - 1 && "\n"}
            </span>
          ))}
    </pre>
  );
});
