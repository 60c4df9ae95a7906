import type { CallInput } from "../../../../src/client/index.ts";
import type { TracesSearch } from "../../app/search.ts";

type RequestFilter = Omit<CallInput<"requests.list">, "limit" | "cursor" | "order">;
type Filter = Omit<CallInput<"calls.list">, "limit" | "cursor" | "order">;

/** The filter of the address as the daemon is asked for it. */
export function filterOf(search: TracesSearch, until: string | undefined): Filter {
  const { session, agent, turn, tool, outcome, run, project, min, since, q } = search;
  return {
    ...(session === undefined ? {} : { session_id: session }),
    ...(agent === undefined ? {} : { agent_id: agent }),
    ...(turn === undefined ? {} : { turn_id: turn }),
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

/** The same of model requests: they have no tool and no outcome, but a model. */
export function requestFilterOf(search: TracesSearch, until: string | undefined): RequestFilter {
  const { tool: _tool, outcome: _outcome, ...shared } = filterOf(search, until);
  return { ...shared, ...(search.model === undefined ? {} : { model: search.model }) };
}

/** Calls have no tokens of their own. */
export function callOrder(order: TracesSearch["order"]): "newest" | "oldest" | "longest" {
  return order === undefined || order === "largest" ? "newest" : order;
}
