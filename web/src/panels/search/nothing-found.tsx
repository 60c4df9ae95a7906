import type { SearchSearch } from "../../app/search.ts";
import { clip } from "../../ui/format.ts";
import { safeText } from "../../ui/safe-text.ts";
import { Notice } from "../../ui/states.tsx";
import type { SearchAnswer } from "./hits.ts";
import type { GoSearch } from "./search-filters.tsx";
import { control } from "../../mirror/control.ts";

const noFilter = {
  kind: undefined,
  session: undefined,
  agent: undefined,
  project: undefined,
  tool: undefined,
  outcome: undefined,
  since: undefined,
  until: undefined,
} as const;
const keys = { session_id: "session", agent_id: "agent", project: "project", tool: "tool" } as const;

/** Why nothing is there, and the nearest names where a filter names nothing known. */
export function NothingFound({ search, didYouMean, go }: { search: SearchSearch; didYouMean: SearchAnswer["did_you_mean"]; go: GoSearch }) {
  const isFiltered = Object.keys(noFilter).some((key) => search[key as keyof typeof noFilter] !== undefined);
  const near = (didYouMean ?? []).flatMap(({ field, value, name }) => {
    const key = keys[field as keyof typeof keys];
    return key === undefined ? [] : [{ key, value, name }];
  });
  const why = (): string => {
    if (didYouMean !== undefined) return "A filter names nothing that is known here.";
    if (isFiltered) return "Perhaps beyond the filters: take them away.";
    return "Every word has to be in the same message, call, file or session. Leave one out, or end one with * for its beginning.";
  };
  return (
    <Notice title="Nothing is found" testId="search-none">
      <p className="notice__text">{why()}</p>
      {near.length > 0 && (
        <ul className="search-meant" aria-label="Did you mean">
          {near.map(({ key, value, name }) => (
            <li key={`${key} ${value}`}>
              <button
                {...control(key === "project" ? "live.project" : `search.${key}`, value)}
                type="button"
                className="button"
                data-stop
                onClick={() => go({ [key]: value })}
              >
                Did you mean the {key} {safeText(clip(name, 60))}?
              </button>
            </li>
          ))}
        </ul>
      )}
      {isFiltered && (
        <button {...control("search.clear")} type="button" className="button" data-stop onClick={() => go(noFilter)}>
          Clear the filters
        </button>
      )}
    </Notice>
  );
}
