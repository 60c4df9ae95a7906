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

  /** Everything from `keys` down, whose work is `owner`'s. Spans may name each other as parents: each is told once. */
  function told(keys: Iterable<string>, owner: AgentId, met = new Set<string>()): EventDraft[] {
    const events: EventDraft[] = [];
    const left = [...keys].map((key) => ({ key, owner }));
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const node = nodes.get(next.key);
      if (node === undefined || met.has(next.key)) continue;
      met.add(next.key);
      for (const mine of node.mine) events.push(mine(next.owner));
      const isChild = node.agent !== undefined && node.parent !== undefined;
      const agent = isChild ? toId("agt", node.agent!) : next.owner;
      if (agent !== next.owner) {
        const data = { parent_agent_id: next.owner, edge: "reported" as const };
        events.push(tell(node.place, "agent.spawned", `${next.key}:of`, data, agent));
      }
      for (const key of children.get(next.key) ?? []) left.push({ key, owner: agent });
    }
    return events;
  }

  return {
    span(span, place, agent, mine) {
      const key = `${span.traceId}:${span.spanId}`;
      const parent = span.parentSpanId === undefined ? undefined : `${span.traceId}:${span.parentSpanId}`;
      if (parent !== undefined) children.set(parent, (children.get(parent) ?? new Set()).add(key));
      nodes.set(key, { parent, agent, place, mine: mine === undefined ? [] : [mine] });
      forget();
      const owner = ownerOf(parent);
      if (owner !== undefined) return told([key], owner);
      // Its own agent is known, whoever the parent is.
      return agent === undefined ? [] : told(children.get(key) ?? [], toId("agt", agent), new Set([key]));
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
