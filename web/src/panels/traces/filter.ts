import type { CallInput } from "../../../../src/client/index.ts";
import type { TracesSearch } from "../../app/search.ts";

type Filter = Omit<CallInput<"calls.list">, "limit" | "cursor" | "order">;

/** The filter of the address as the daemon is asked for it. */
export function filterOf(search: TracesSearch, until: string | undefined): Filter {
  const { session, agent, tool, outcome, run, project, min, since, q } = search;
  return {
    ...(session === undefined ? {} : { session_id: session }),
    ...(agent === undefined ? {} : { agent_id: agent }),
    ...(tool === undefined ? {} : { tool }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(run === undefined ? {} : { run_id: run }),
    ...(project === undefined ? {} : { project }),
    ...(min === undefined ? {} : { min_ms: min }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(q === undefined ? {} : { text: q }),
  };
}
