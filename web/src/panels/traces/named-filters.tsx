import { useId, useMemo } from "react";
import type { CallInput } from "../../../../src/client/index.ts";
import { MAIN_AGENT } from "../../../../src/contract/ids.ts";
import type { TracesSearch } from "../../app/search.ts";
import { useAnswer } from "../../app/use-answer.ts";
import { control } from "../../mirror/control.ts";
import { useTyped } from "../../ui/use-typed.ts";
import type { Go } from "./traces.tsx";
import { agentName } from "./words.ts";

const LISTED = 200;
const TYPING_MS = 400;
const AGENTS_EVERY_MS = 30_000;

interface Name {
  readonly value: string;
  readonly name: string;
}

/** Session, agent and run, named as people know them: what is typed is a title, a name or an id, and known names are offered. */
export function NamedFilters({
  search,
  filter,
  isWaterfall,
  go,
}: {
  search: TracesSearch;
  filter: Omit<CallInput<"calls.aggregate">, "group_by" | "limit">;
  isWaterfall: boolean;
  go: Go;
}) {
  const { session, agent, run } = search;
  const listed = useAnswer("sessions.list", { limit: LISTED }).value?.items;
  const sessions = useMemo(
    () => (listed ?? []).map((row): Name => ({ value: String(row["session_id"]), name: String(row["title"] ?? row["session_id"]) })),
    [listed],
  );
  const { agent_id: _agent, ...others } = filter;
  const counted = useAnswer("calls.aggregate", { ...others, group_by: "agent", limit: LISTED }, { everyMs: AGENTS_EVERY_MS }).value?.items;
  const agents = useMemo(
    () => (counted ?? []).map(({ key, name }): Name => ({ value: key, name: name ?? agentName(undefined, key) })),
    [counted],
  );
  return (
    <>
      <Named
        field="traces.session"
        label="Session"
        placeholder="Any session"
        list={sessions}
        value={session}
        // Who narrows a list stays with the list, and finds the waterfall beside it.
        onChange={(value) =>
          go({
            session: value,
            turn: undefined,
            ...(isWaterfall && isSessionId(value) ? {} : { table: value === undefined ? undefined : true }),
          })
        }
      />
      <Named
        field="traces.agent"
        label="Agent"
        placeholder="Any agent"
        list={agents}
        value={agent}
        isByName={session === undefined}
        onChange={(value) => go({ agent: value })}
      />
      {!isWaterfall && (
        <Named field="traces.run" label="Run" placeholder="Any run" list={[]} value={run} onChange={(value) => go({ run: value })} />
      )}
    </>
  );
}

/** Only one session has a waterfall; a title may be of several. */
export function isSessionId(text: string | undefined): boolean {
  return text?.startsWith("ses_") === true;
}

function Named(props: {
  field: "traces.session" | "traces.agent" | "traces.run";
  label: string;
  placeholder: string;
  list: readonly Name[];
  value: string | undefined;
  /** One name is of many ids: the name itself is meant. */
  isByName?: boolean;
  onChange: (value: string | undefined) => void;
}) {
  const { field, label, placeholder, list, value, isByName = false, onChange } = props;
  const id = useId();
  const shown = list.find((one) => one.value === value)?.name ?? value ?? "";
  const meant = (words: string): string => {
    const ids = new Set(list.flatMap(({ name, value: one }) => (name.toLowerCase() === words.toLowerCase() ? [one] : [])));
    // A name that several have is all of them.
    const [only] = ids;
    return only !== undefined && ids.size === 1 && (!isByName || only === MAIN_AGENT) ? only : words;
  };
  const [typed, setTyped] = useTyped(shown, (words) => onChange(words === "" ? undefined : meant(words)), TYPING_MS);
  return (
    <>
      <input
        {...control(field)}
        className="filter traces__named"
        list={id}
        aria-label={label}
        placeholder={placeholder}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <datalist id={id}>
        {[...new Set(list.map(({ name }) => name))].map((name) => (
          <option key={name}>{name}</option>
        ))}
      </datalist>
    </>
  );
}
