import { formatDuration, whole } from "../../ui/format.ts";
import { isFailed } from "./rows.ts";

const parts = [
  ["queue", "queued", "After the model had asked for it and before it began"],
  ["human", "waited for a person", "A permission or a question was open"],
  ["run", "ran", "The tool itself"],
] as const;

/** Where the time of a call went. What no source tells is left out, never drawn as nothing. */
export function Split({
  queue,
  human,
  run,
  outcome,
}: {
  queue: number | undefined;
  human: number | undefined;
  run: number | undefined;
  outcome: string | undefined;
}) {
  const values = { queue, human, run };
  const known = parts.filter(([key]) => values[key] !== undefined);
  const sum = known.reduce((total, [key]) => total + values[key]!, 0);
  if (known.length === 0) return null;
  return (
    <div className="split">
      {sum > 0 && (
        <div className="split__bar" data-failed={isFailed(outcome) || undefined} aria-hidden>
          {known.map(([key]) => (
            <i key={key} data-part={key} style={{ flexGrow: values[key]! / sum }} />
          ))}
        </div>
      )}
      <ul className="split__words">
        {known.map(([key, word, title]) => (
          <li key={key} title={`${title}: ${whole(values[key]!)} ms`}>
            <i data-part={key} aria-hidden />
            {word} <span className="num">{formatDuration(values[key])}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
