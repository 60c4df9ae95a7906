import { mapOf, type PersistentMap } from "../lib/persistent-map.ts";
import { tellingsOf } from "./messages.ts";
import { noPlans } from "./plans.ts";
import { promptTokensProjection } from "./prompt-tokens.ts";
import type { Session } from "./session.ts";
import type { State } from "./state.ts";

/** A session as JSON: maps become arrays of entries, and what can be counted again is left out. */
export interface WireSession {
  readonly session_id: Session["session_id"];
  readonly facts: Session["facts"];
  readonly agents: Entries<Session["agents"]>;
  readonly calls: {
    readonly map: Entries<Session["calls"]["map"]>;
    readonly totals: Entries<Session["calls"]["totals"]>;
    readonly tools: Entries<Session["calls"]["tools"]>;
  };
  readonly turns: Entries<Session["turns"]>;
  readonly messages: { readonly map: Entries<Session["messages"]["map"]>; readonly total: number };
  readonly usage: {
    readonly requests: Entries<Session["usage"]["requests"]>;
    readonly totals: Entries<Session["usage"]["totals"]>;
    readonly pairs?: Entries<Session["usage"]["pairs"]>;
  };
  readonly prompt_tokens?: {
    readonly by_turn: Entries<Session["prompt_tokens"]["by_turn"]>;
    readonly sum: Session["prompt_tokens"]["sum"];
    readonly running: Session["prompt_tokens"]["running"];
  };
  readonly reported?: { readonly [Part in keyof Session["reported"]]: Entries<Session["reported"][Part]> };
  readonly marks: Entries<Session["marks"]>;
  readonly plans?: { readonly base: Session["plans"]["base"]; readonly changes: Entries<Session["plans"]["changes"]> };
  readonly asks?: Entries<Session["asks"]>;
  readonly queue?: Entries<Session["queue"]>;
  readonly trimmed_at?: string;
  readonly trimmed?: Session["trimmed"];
}

export interface WireState {
  readonly seq: number;
  readonly sessions: readonly WireSession[];
}

type Entries<M> = M extends PersistentMap<infer K, infer V> ? ReadonlyArray<readonly [K, V]> : never;

export function encodeSession(session: Session): WireSession {
  const { calls, messages, usage, prompt_tokens, reported, plans } = session;
  return {
    session_id: session.session_id,
    facts: session.facts,
    agents: [...session.agents],
    calls: { map: [...calls.map], totals: [...calls.totals], tools: [...calls.tools] },
    turns: [...session.turns],
    messages: { map: [...messages.map], total: messages.total },
    usage: {
      requests: [...usage.requests],
      totals: [...usage.totals],
      ...(usage.pairs.size === 0 ? {} : { pairs: [...usage.pairs] }),
    },
    ...(prompt_tokens === promptTokensProjection.initial
      ? {}
      : { prompt_tokens: { ...prompt_tokens, by_turn: [...prompt_tokens.by_turn] } }),
    ...(reported.running.size + reported.limits.size === 0
      ? {}
      : { reported: { running: [...reported.running], limits: [...reported.limits] } }),
    marks: [...session.marks],
    ...(plans.base.length + plans.changes.size === 0 ? {} : { plans: { base: plans.base, changes: [...plans.changes] } }),
    ...(session.asks.size === 0 ? {} : { asks: [...session.asks] }),
    ...(session.queue.size === 0 ? {} : { queue: [...session.queue] }),
    ...(session.trimmed_at === undefined ? {} : { trimmed_at: session.trimmed_at, trimmed: session.trimmed }),
  };
}

export function decodeSession(wire: WireSession): Session {
  const messages = mapOf(wire.messages.map);
  return {
    session_id: wire.session_id,
    facts: wire.facts,
    agents: mapOf(wire.agents),
    calls: { map: mapOf(wire.calls.map), totals: mapOf(wire.calls.totals), tools: mapOf(wire.calls.tools) },
    turns: mapOf(wire.turns),
    messages: { map: messages, tellings: tellingsOf(messages), total: wire.messages.total },
    usage: { requests: mapOf(wire.usage.requests), totals: mapOf(wire.usage.totals), pairs: mapOf(wire.usage.pairs ?? []) },
    prompt_tokens:
      wire.prompt_tokens === undefined
        ? promptTokensProjection.initial
        : { ...wire.prompt_tokens, by_turn: mapOf(wire.prompt_tokens.by_turn) },
    reported: { running: mapOf(wire.reported?.running ?? []), limits: mapOf(wire.reported?.limits ?? []) },
    marks: mapOf(wire.marks),
    plans: wire.plans === undefined ? noPlans : { base: wire.plans.base, changes: mapOf(wire.plans.changes) },
    asks: mapOf(wire.asks ?? []),
    queue: mapOf(wire.queue ?? []),
    ...(wire.trimmed_at === undefined ? {} : { trimmed_at: wire.trimmed_at, trimmed: wire.trimmed }),
  };
}

export function encodeState(state: State): WireState {
  return { seq: state.seq, sessions: [...state.sessions.values()].map(encodeSession) };
}

export function decodeState(wire: WireState): State {
  return { seq: wire.seq, sessions: mapOf(wire.sessions.map((session) => [session.session_id, decodeSession(session)] as const)) };
}
