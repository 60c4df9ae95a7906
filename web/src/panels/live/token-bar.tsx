import type { Buckets } from "../../../../src/projections/usage.ts";
import { formatCount, whole } from "../../ui/format.ts";

/** The buckets that every token falls into exactly once; `reasoning` is part of `output`. */
export function TokenBar({ tokens }: { tokens: Buckets }) {
  const parts = [
    { word: "cache read", value: tokens.cache_read, colour: "var(--family-sonnet)" },
    { word: "cache write", value: tokens.cache_write_5m + tokens.cache_write_1h, colour: "var(--brass)" },
    { word: "input", value: tokens.input, colour: "var(--family-haiku)" },
    { word: "output", value: tokens.output, colour: "var(--family-hue-1)" },
  ];
  const total = parts.reduce((sum, part) => sum + part.value, 0);
  return (
    <>
      <div className="tokens" aria-hidden>
        {parts.map(
          ({ word, value, colour }) => value > 0 && <span key={word} style={{ flex: value / total, ["--c" as string]: colour }} />,
        )}
      </div>
      <div className="tokens__legend">
        {parts.map(({ word, value, colour }) => (
          <div key={word} title={`${whole(value)} tokens of ${word}`}>
            <i style={{ ["--c" as string]: colour }} />
            {word}
            <span className="num">{formatCount(value)}</span>
          </div>
        ))}
      </div>
    </>
  );
}
