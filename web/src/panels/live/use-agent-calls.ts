import { useEffect, useMemo, useState } from "react";
import type { AgentView, CallView } from "../../../../src/projections/views.ts";
import { useApp } from "../../app/app-context.ts";

const ASKED = 200;

/** The calls of an agent, newest first: those at hand, and once those that the shared state has let go. */
export function useAgentCalls(agent: AgentView, atHand: readonly CallView[], made: number, isPast: boolean): readonly CallView[] {
  const { client } = useApp();
  const [earlier, setEarlier] = useState<{ readonly key: string; readonly calls: readonly CallView[] }>();
  const key = `${agent.session_id} ${agent.agent_id}`;
  const isShort = !isPast && atHand.length < made;
  useEffect(() => {
    if (!isShort || earlier?.key === key) return undefined;
    const stale = new AbortController();
    const [session_id, agent_id] = key.split(" ") as [string, string];
    client.call("sessions.calls", { session_id, agent_id, limit: ASKED }, { signal: stale.signal }).then(
      ({ items }) => setEarlier({ key, calls: items as unknown as CallView[] }),
      // The line below the list says how many are missing.
      () => undefined,
    );
    return () => stale.abort();
  }, [client, key, isShort, earlier?.key]);
  return useMemo(() => {
    if (!isShort || earlier?.key !== key) return atHand;
    const known = new Set(atHand.map((call) => call.call_id));
    const at = (call: CallView) => call.started_at ?? call.ended_at ?? "";
    return [...atHand, ...earlier.calls.filter((call) => !known.has(call.call_id))].toSorted((a, b) => (at(a) < at(b) ? 1 : -1));
  }, [atHand, earlier, key, isShort]);
}
