import { useMemo } from "react";
import type { CallInput } from "../../../../src/client/index.ts";
import { MAIN_AGENT } from "../../../../src/contract/ids.ts";
import type { TracesSearch } from "../../app/search.ts";
import { useAnswer } from "../../app/use-answer.ts";
import { NameBox, type Name } from "../../ui/name-box.tsx";
import type { Go } from "./traces.tsx";
import { agentName } from "./words.ts";

const LISTED = 200;
const AGENTS_EVERY_MS = 30_000;

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
      <NameBox
        field="traces.session"
        label="Session"
        placeholder="Any session"
        list={sessions}
        value={session}
        meant={(words) => idOf(words, sessions) ?? words}
        // Who narrows a list stays with the list, and finds the waterfall beside it.
        onChange={(value) =>
          go({
            session: value,
            turn: undefined,
            ...(isWaterfall && isSessionId(value) ? {} : { table: value === undefined ? undefined : true }),
          })
        }
      />
      <NameBox
        field="traces.agent"
        label="Agent"
        placeholder="Any agent"
        list={agents}
        value={agent}
        meant={(words) => {
          // Beyond one session a name is of many agents, and is itself what is meant.
          const only = idOf(words, agents);
          return only !== undefined && (session !== undefined || only === MAIN_AGENT) ? only : words;
        }}
        onChange={(value) => go({ agent: value })}
      />
      {!isWaterfall && (
        <NameBox field="traces.run" label="Run" placeholder="Any run" list={[]} value={run} onChange={(value) => go({ run: value })} />
      )}
    </>
  );
}

/** Only one session has a waterfall; a title may be of several. */
export function isSessionId(text: string | undefined): boolean {
  return text?.startsWith("ses_") === true;
}

/** The id that a name stands for, where it is of one only: a name that several have is all of them. */
function idOf(words: string, names: readonly Name[]): string | undefined {
  const ids = new Set(names.flatMap(({ name, value }) => (name.toLowerCase() === words.toLowerCase() ? [value] : [])));
  const [only] = ids;
  return ids.size === 1 ? only : undefined;
}
