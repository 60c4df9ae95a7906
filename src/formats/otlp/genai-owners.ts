import type { EventDraft } from "../../contract/events/index.ts";
import { MAIN_AGENT, toId, type AgentId } from "../../contract/ids.ts";
import { tell, type Place } from "../fields.ts";
import type { Span } from "./records.ts";

type Mine = (agent: AgentId) => EventDraft;

interface Node {
  readonly parent: string | undefined;
  /** The agent that the span invokes, unless it is the main one. */
  readonly agent: string | undefined;
  readonly place: Place;
  readonly mine: readonly Mine[];
}

export interface Owners {
  /** Takes a span and tells of everything whose agent it makes known, itself included. */
  span(span: Span, place: Place, agent: string | undefined, mine?: Mine): EventDraft[];
}

const REMEMBERED = 20_000;
const DEEPEST = 200;

/** Whose work a span is: that of the nearest agent's span above it, or the main agent's where there is none up to the root. */
export function createOwners(): Owners {
  const nodes = new Map<string, Node>();
  const children = new Map<string, Set<string>>();

  /** Undefined while a span on the way up has not come yet. */
  function ownerOf(key: string | undefined): AgentId | undefined {
    let at = key;
    for (let depth = 0; depth < DEEPEST; depth++) {
      if (at === undefined) return MAIN_AGENT;
      const node = nodes.get(at);
      if (node === undefined) return undefined;
      if (node.agent !== undefined) return node.parent === undefined ? MAIN_AGENT : toId("agt", node.agent);
      at = node.parent;
    }
    return MAIN_AGENT;
  }

  function told(key: string, owner: AgentId, depth: number): EventDraft[] {
    const node = nodes.get(key);
    if (node === undefined || depth > DEEPEST) return [];
    const events = node.mine.map((mine) => mine(owner));
    const isChild = node.agent !== undefined && node.parent !== undefined;
    const agent = isChild ? toId("agt", node.agent!) : owner;
    if (isChild && agent !== owner)
      events.push(tell(node.place, "agent.spawned", `${key}:of`, { parent_agent_id: owner, edge: "reported" }, agent));
    // What stands below another agent was known without its parent.
    return [...events, ...[...(children.get(key) ?? [])].flatMap((child) => told(child, agent, depth + 1))];
  }

  return {
    span(span, place, agent, mine) {
      const key = `${span.traceId}:${span.spanId}`;
      const parent = span.parentSpanId === undefined ? undefined : `${span.traceId}:${span.parentSpanId}`;
      if (parent !== undefined) children.set(parent, (children.get(parent) ?? new Set()).add(key));
      nodes.set(key, { parent, agent, place, mine: mine === undefined ? [] : [mine] });
      forget();
      const owner = ownerOf(parent);
      if (owner !== undefined) return told(key, owner, 0);
      // Its own agent is known, whoever the parent is.
      return agent === undefined ? [] : [...(children.get(key) ?? [])].flatMap((child) => told(child, toId("agt", agent), 1));
    },
  };

  function forget(): void {
    while (nodes.size > REMEMBERED) {
      const oldest = nodes.keys().next().value!;
      const { parent } = nodes.get(oldest)!;
      nodes.delete(oldest);
      children.delete(oldest);
      const siblings = parent === undefined ? undefined : children.get(parent);
      siblings?.delete(oldest);
      if (siblings?.size === 0) children.delete(parent!);
    }
  }
}
