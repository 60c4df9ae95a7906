import type { EventDraft } from "../../contract/events/index.ts";
import { toId, type AgentId } from "../../contract/ids.ts";
import { fields, list, str, tell, type Fields, type Place } from "../fields.ts";
import type { Call } from "./calls.ts";
import { textOfUpdate } from "./ending.ts";
import type { Profile } from "./profile.ts";
import { turnOf } from "./talk.ts";

/** Agents without a session of their own: only the answer of the call that started one names it, often at its very end. */
export interface Children {
  /** The agent that a call started, if it is known by now. */
  agentOf(call: string): AgentId | undefined;
  /** What an update of a spawning call says about the agent. `place` is the parent's. */
  learn(call: Call, place: Place, update: Fields, isOver: boolean, calls: ReadonlyMap<string, Call>): EventDraft[];
}

/** An agent that a call started. Changed in place by its connection alone. */
export interface Child {
  readonly id: string;
  readonly agent: AgentId;
  readonly background: boolean;
  readonly data: Readonly<Record<string, unknown>>;
  hasEnded: boolean;
}

export function childrenOf(profile: () => Profile, only: boolean, byCall: Map<string, Child>): Children {
  /** The agent is known at last: it, its task, and what it did under a name that nobody knew. */
  function spawned(call: Call, child: Child, place: Place, calls: ReadonlyMap<string, Call>): EventDraft[] {
    const start: Place = { ...place, at: call.at };
    const parent_agent_id = place.agent;
    const data = {
      ...child.data,
      parent_agent_id,
      call_id: toId("call", call.id),
      background: child.background,
      edge: "reported" as const,
    };
    const events = [tell(start, "agent.spawned", `${child.id}:${call.id}:${parent_agent_id ?? ""}`, data, child.agent)];
    const prompt = str(call.input?.["prompt"]);
    if (only && prompt !== undefined) {
      const turn = `${call.id}:task`;
      const turn_id = toId("trn", `${place.session}:${turn}`);
      events.push(tell(start, "turn.started", turn, { turn_id, prompt, origin: "agent" }, child.agent));
    }
    for (const other of calls.values()) {
      if (other.under !== call.id || other.name === undefined) continue;
      const own = { call_id: toId("call", other.id), name: other.name, turn_id: turnOf(other.talk) };
      events.push(tell({ ...place, at: other.at }, "tool.started", `${other.id}:owned`, own, child.agent));
      const inner = byCall.get(other.id);
      if (inner !== undefined) events.push(...spawned(other, inner, { ...place, agent: child.agent }, new Map()));
    }
    return events;
  }

  return {
    agentOf: (call) => byCall.get(call)?.agent,
    learn(call, place, update, isOver, calls) {
      const events: EventDraft[] = [];
      const found = find(profile(), update);
      if (found !== undefined && !byCall.has(call.id)) {
        const name = str(call.input?.["description"]);
        const agent_type = str(found.answer["agentType"]) ?? str(call.input?.["subagent_type"]);
        const model = str(found.answer["resolvedModel"]) ?? str(fields(found.answer["model"])?.["modelID"]);
        const background = found.answer["status"] === "async_launched" || call.input?.["run_in_background"] === true;
        const child: Child = {
          id: found.id,
          agent: toId("agt", found.id),
          background,
          data: { name, agent_type, model, task: str(call.input?.["prompt"]) },
          hasEnded: false,
        };
        byCall.set(call.id, child);
        events.push(...spawned(call, child, place, calls));
      }
      const child = byCall.get(call.id);
      if (child === undefined || child.hasEnded || child.background) return events;
      const status = str(found?.answer["status"]);
      if (!isOver && status !== "completed") return events;
      child.hasEnded = true;
      const outcome = update["status"] === "failed" ? ("failed" as const) : ("completed" as const);
      events.push(tell(place, "agent.ended", `${child.id}:${call.id}`, { outcome, summary: reportOf(found?.answer, update) }, child.agent));
      return events;
    },
  };
}

/** Where an answer names the agent: Claude's in its structured form, opencode's in the call's metadata. */
function find(profile: Profile, update: Fields): { readonly id: string; readonly answer: Fields } | undefined {
  const answer =
    profile.app === "claude-code"
      ? fields(fields(fields(update["_meta"])?.["claudeCode"])?.["toolResponse"])
      : fields(fields(update["rawOutput"])?.["metadata"]);
  const id = str(answer?.["agentId"]) ?? str(answer?.["sessionId"]);
  return answer === undefined || id === undefined ? undefined : { id, answer };
}

/** The child's last words, without the notes that the client puts before them. */
function reportOf(answer: Fields | undefined, update: Fields): string | undefined {
  const blocks = list(answer?.["content"])
    .map((block) => str(fields(block)?.["text"]))
    .filter((text) => text !== undefined && !text.startsWith("<tools-used-before-summary>"));
  if (blocks.length > 0) return str(blocks.join("\n"));
  return str(/<task_result>\s*([\s\S]*?)\s*<\/task_result>/.exec(textOfUpdate(update))?.[1]);
}
