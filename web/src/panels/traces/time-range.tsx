import { useState } from "react";
import { useTyped } from "../../ui/use-typed.ts";
import { fromLocal, toLocal } from "./range.ts";
import type { Go } from "./traces.tsx";
import { control } from "../../mirror/control.ts";

const ages = [
  ["Last hour", 3_600_000],
  ["Last day", 86_400_000],
  ["Last week", 604_800_000],
] as const;
/** Between two keys of one date; each field that is filled makes a whole moment. */
const TYPING_MS = 500;

/** Calls that began in a stretch of time: the last so long, or between two moments. */
export function TimeRange({ since, until, go }: { since: string | undefined; until: string | undefined; go: Go }) {
  const [isBetween, setBetween] = useState(false);
  const isShown = isBetween || until !== undefined;
  const isBackwards = since !== undefined && until !== undefined && Date.parse(since) > Date.parse(until);
  return (
    <>
      <select
        {...control("traces.span")}
        className="filter"
        aria-label="Time"
        value={isShown ? "between" : since === undefined ? "" : "set"}
        onChange={({ target: { value } }) => {
          if (value === "set") return;
          setBetween(value === "between");
          if (value !== "between") go({ since: value === "" ? undefined : sinceOf(Number(value)), until: undefined });
        }}
      >
        <option value="">Any time</option>
        {since !== undefined && !isShown && <option value="set">Since …</option>}
        {ages.map(([word, ms]) => (
          <option key={ms} value={ms}>
            {word}
          </option>
        ))}
        <option value="between">Between …</option>
      </select>
      {isShown && (
        <span className="traces__between">
          <Moment id="traces.since" label="From" value={since} onChange={(moment) => go({ since: moment })} />
          <Moment id="traces.until" label="To" value={until} onChange={(moment) => go({ until: moment })} />
          {isBackwards && <span role="alert">From is later than To</span>}
        </span>
      )}
    </>
  );
}

function Moment({
  id,
  label,
  value,
  onChange,
}: {
  id: "traces.since" | "traces.until";
  label: string;
  value: string | undefined;
  onChange: (moment: string | undefined) => void;
}) {
  const [typed, setTyped] = useTyped(toLocal(value), (words) => onChange(fromLocal(words)), TYPING_MS);
  return (
    <label className="dim">
      {label}
      <input
        {...control(id)}
        className="filter"
        type="datetime-local"
        step={typed.includes(".") ? 0.001 : 1}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
    </label>
  );
}

function sinceOf(ageMs: number): string {
  return new Date(Math.floor((performance.timeOrigin + performance.now() - ageMs) / 60_000) * 60_000).toISOString();
}
