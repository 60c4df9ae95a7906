import { useEffect, useRef } from "react";
import type { z } from "zod";
import type { KeptRule } from "../../../../src/contract/operations/policy.ts";
import { useAnswer } from "../../app/use-answer.ts";
import { useRested } from "../../app/use-rested.ts";
import { control } from "../../mirror/control.ts";
import { setHeld, useHeld } from "../../mirror/held.ts";
import { clip, whole } from "../../ui/format.ts";
import { safeText } from "../../ui/safe-text.ts";

const TYPED_MS = 200;
const LONGEST = 90;
const noAsks: readonly string[] = [];

/** What a rule would allow beside the ask that it is made for: asks that wait now, to be allowed with it, and calls that were made before. */
export function RulePreview({ askId, remember }: { askId: string; remember: z.infer<typeof KeptRule> }) {
  const typed = JSON.stringify(remember);
  const rested = useRested(typed, TYPED_MS);
  const { value, problem, isLoading } = useAnswer("policy.preview", { ask_id: askId, remember: JSON.parse(rested) as typeof remember });
  // What another pattern matched is not allowed by mistake.
  const asks = value === undefined || isLoading || rested !== typed ? [] : value.asks;
  const [also, setAlso] = useAlso(asks.map(({ ask_id }) => ask_id));
  if (value === undefined) return <p className="dim">{problem === undefined ? "Looking what else it matches…" : safeText(problem)}</p>;
  const { holds, counts, path, calls, matching, items } = value;
  return (
    <div className="inbox__preview form__wide" data-testid="rule-preview">
      {!holds && <p role="alert">This very ask is not matched: it would be put to you again.</p>}
      {!counts && (
        <p role="alert">What {safeText(path ?? "")} allows does not count yet: name its folder under “trust” in Orrery’s policy.json.</p>
      )}
      {asks.length > 0 && (
        <fieldset>
          <legend>
            {asks.length === 1 ? "Another open ask is matched" : `${whole(asks.length)} other open asks are matched`}: allow with it
          </legend>
          {asks.map(({ ask_id, tool, what }) => (
            <label key={ask_id} className="inbox__choice">
              <input
                {...control("inbox.also", ask_id)}
                type="checkbox"
                name="also"
                value={ask_id}
                checked={also.includes(ask_id)}
                onChange={({ target }) => setAlso(target.checked ? [...also, ask_id] : also.filter((id) => id !== ask_id))}
              />
              <span>
                {safeText(tool)} <span className="mono">{clip(safeText(what), LONGEST)}</span>
              </span>
            </label>
          ))}
        </fieldset>
      )}
      <p className="dim">
        {matching === 0
          ? `None of the last ${whole(calls)} calls there would have been allowed by it.`
          : `${whole(matching)} of the last ${whole(calls)} calls would have been allowed by it:`}
      </p>
      {items.length > 0 && (
        <ul>
          {items.map(({ tool, what, times }) => (
            <li key={`${tool} ${what}`}>
              {safeText(tool)} <span className="mono">{clip(safeText(what), LONGEST)}</span>
              {times > 1 && <span className="num dim"> ×{whole(times)}</span>}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** All that are matched, anew whenever others are; but what a program chose before it saw any stays. */
function useAlso(matched: readonly string[]): [readonly string[], (also: readonly string[]) => void] {
  const [also, setAlso] = useHeld("inbox.also", noAsks);
  const isFirst = useRef(true);
  const key = matched.join(" ");
  useEffect(() => {
    if (matched.length === 0) return;
    const chosen = matched.filter((id) => isFirst.current && also.includes(id));
    isFirst.current = false;
    setAlso(chosen.length > 0 ? chosen : matched);
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- Others are matched: what was chosen among the last does not matter.
  }, [key]);
  useEffect(() => () => setHeld("inbox.also", noAsks), []);
  return [also, setAlso];
}
