import type { EventOf } from "../../contract/events/index.ts";
import { foreignId, MAIN_AGENT, type AgentId } from "../../contract/ids.ts";
import type { Agent } from "../../projections/agents.ts";
import { hasEnded, isOver } from "../../projections/ended.ts";
import { wayOf, type Way } from "../../projections/fuse.ts";
import type { Session } from "../../projections/session.ts";
import { isOpenAsk, viewAsks } from "../../projections/view-asks.ts";
import type { Rider } from "./frames.ts";
import type { Names } from "./ids.ts";
import { textOf, type BodyText } from "./words.ts";

type Status = "working" | "waiting" | "idle" | "ended";

const MAX_SUMMARY = 4_000;
/** Of agents that are over, so many of the latest are told to whoever connects. */
const ENDED_TOLD = 32;

/**
 * What stands as of the last event, by what it is about: `chat_status`, an `agent_status_updated` of each agent, and the latest `compacted` of
 * each. These frames have no number: told again they say the same, and of one that is overtaken only the newest is told.
 */
export function createStates(names: Names, body: BodyText) {
  const held = new Map<string, { readonly order: number; readonly frame: Rider; readonly text: string }>();
  const compactions = new Map<AgentId, { readonly byWay: Map<Way, number>; shown: number }>();
  let order = 0;
  let asOf: Session | undefined;

  function put(key: string, frame: Rider): void {
    const text = JSON.stringify(frame);
    if (held.get(key)?.text === text) return;
    held.delete(key);
    held.set(key, { order: ++order, frame, text });
  }

  function look(session: Session): void {
    const { chat: chat_id } = names;
    const asking = new Set(
      viewAsks(session)
        .filter(isOpenAsk)
        .map(({ agent_id }) => agent_id),
    );
    const statuses = new Set<Status>();
    for (const agent of session.agents.values()) {
      const status = statusOf(agent, session, asking);
      const key = `agent ${agent.agent_id}`;
      if (status !== "ended") statuses.add(status);
      else if (!held.has(key)) continue;
      const name = agent.agent_id === MAIN_AGENT ? (session.facts.app ?? "main") : (agent.agent_type ?? agent.name ?? null);
      put(key, { type: "agent_status_updated", chat_id, agent_id: foreignId(agent.agent_id), agent: name, status });
    }
    const status = isOver(session) ? "ended" : (["waiting", "working"] as const).find((each) => statuses.has(each));
    put("chat", { type: "chat_status", chat_id, status: status ?? "idle" });
    const ended = [...held].filter(([, { frame }]) => frame["status"] === "ended" && frame.type === "agent_status_updated");
    for (const [key] of ended.slice(0, -ENDED_TOLD)) held.delete(key);
  }

  return {
    /** The same compaction comes in several ways: of each agent, as many are real as the source that told most of them has. */
    compacted({ data, source, agent_id = MAIN_AGENT, timestamp }: EventOf<"context.compacted">): void {
      if (data.phase === "started") return;
      const known = compactions.get(agent_id) ?? { byWay: new Map<Way, number>(), shown: 0 };
      compactions.set(agent_id, known);
      const count = (known.byWay.get(wayOf(source)) ?? 0) + 1;
      known.byWay.set(wayOf(source), count);
      const key = `compacted ${agent_id}`;
      if (count < known.shown) return;
      const before = count === known.shown ? held.get(key)?.frame : undefined;
      known.shown = count;
      const { trigger, tokens_before, tokens_after, summary } = data;
      put(key, {
        type: "compacted",
        chat_id: names.chat,
        agent_id: foreignId(agent_id),
        compacted_at: timestamp,
        ...(trigger === undefined ? {} : { trigger }),
        ...(tokens_before === undefined ? {} : { tokens_before }),
        ...(tokens_after === undefined ? {} : { tokens_after }),
        ...(summary === undefined ? {} : { summary: textOf(summary, body).slice(0, MAX_SUMMARY) }),
        ...before,
      });
    },
    /** What changed after `seen`, and what has been seen with it. */
    since(session: Session | undefined, seen: number): { readonly frames: readonly Rider[]; readonly seen: number } {
      if (session !== undefined && session !== asOf) look(session);
      asOf = session;
      if (seen === order) return { frames: [], seen };
      return { frames: [...held.values()].flatMap((each) => (each.order > seen ? [each.frame] : [])), seen: order };
    },
  };
}

/** As of the last event: that somebody has said nothing for long is for whoever looks at a clock. */
function statusOf(agent: Agent, session: Session, asking: ReadonlySet<AgentId | undefined>): Status {
  if (hasEnded(agent, session)) return "ended";
  if (asking.has(agent.agent_id)) return "waiting";
  // A helper is there because it was given work; the main agent waits for its first prompt.
  const woke_at = agent.woke_at ?? (agent.agent_id === MAIN_AGENT ? "" : agent.first_at);
  return woke_at > (agent.rested_at ?? "") ? "working" : "idle";
}
