import { MAIN_AGENT } from "../../../../src/contract/ids.ts";
import type { TraceSpan } from "../../../../src/contract/operations/catalog.ts";

export interface SpanRow {
  readonly kind: "span";
  readonly key: string;
  readonly span: TraceSpan;
  readonly depth: number;
  /** Rows below it, whether shown or not; 0 where it has none. */
  readonly below: number;
  /** Only here because something below it matches the filter. */
  readonly isContext: boolean;
}

export interface GroupRow {
  readonly kind: "group";
  readonly key: string;
  readonly name: string;
  readonly calls: number;
  readonly failed: number;
  /** Milliseconds of its calls and requests, added up. */
  readonly totalMs: number;
  readonly below: number;
  readonly spans: readonly TraceSpan[];
}

/** `undefined` is a row that has not arrived yet. */
export type TraceRow = SpanRow | GroupRow | undefined;

export interface TraceFilter {
  readonly agent?: readonly string[] | undefined;
  readonly tool?: string | undefined;
  readonly outcome?: string | undefined;
  readonly min?: number | undefined;
  readonly q?: string | undefined;
  /** The calls that have the words in their title, input, output or error; other lines, and calls until this is known, go by their name. */
  readonly found?: ReadonlySet<string> | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** Nothing that began later has happened yet. */
  readonly nowMs: number;
}

export const keyOf = ({ kind, id }: Pick<TraceSpan, "kind" | "id">): string => `${kind}:${id}`;

const failed = ["error", "timeout", "invalid", "denied"];

export function isFailed(outcome: string | undefined): boolean {
  return outcome !== undefined && failed.includes(outcome);
}

/** The tool of a call's span: its name begins with it. */
export function toolOf({ kind, name }: TraceSpan): string {
  if (kind !== "call") return kind === "request" ? "model requests" : kind;
  const space = name.indexOf(" ");
  return space < 0 ? name : name.slice(0, space);
}

export function durationOf(span: TraceSpan, nowMs: number): number {
  return Math.max(0, (span.end === undefined ? nowMs : Math.min(nowMs, Date.parse(span.end))) - Date.parse(span.start));
}

/** The ids that an agent's id or name means among some spans. */
export function agentIds(spans: readonly (TraceSpan | undefined)[], agent: string): readonly string[] {
  const name = agent.toLowerCase();
  const named = spans.flatMap((span) => (span?.kind === "agent" && span.name.toLowerCase() === name ? [span.id] : []));
  return name === "main agent" ? [MAIN_AGENT] : [agent, ...named];
}

/** What a filter says of one span; undefined where it lets everything through. */
export function matcher(filter: TraceFilter): ((span: TraceSpan) => boolean) | undefined {
  const { agent, tool, outcome, min, since, until, found, nowMs } = filter;
  const words = filter.q?.toLowerCase().replaceAll('"', "").split(/\s+/).filter(Boolean) ?? [];
  const isOpen = [agent, tool, outcome, min, since, until].every((one) => one === undefined) && words.length === 0;
  if (isOpen) return undefined;
  const sinceMs = since === undefined ? undefined : Date.parse(since);
  const untilMs = until === undefined ? undefined : Date.parse(until);
  return (span) => {
    if (agent !== undefined && !agent.includes(span.agent_id)) return false;
    if (tool !== undefined && (span.kind !== "call" || toolOf(span) !== tool)) return false;
    if (outcome !== undefined) {
      if (span.kind !== "call") return false;
      const own = span.end === undefined ? "running" : (span.outcome ?? "ok");
      if (outcome === "failed" ? !isFailed(own) : own !== outcome) return false;
    }
    if (min !== undefined && (durationOf(span, nowMs) < min || span.kind === "turn" || span.kind === "agent")) return false;
    if (sinceMs !== undefined && Date.parse(span.start) < sinceMs) return false;
    if (untilMs !== undefined && Date.parse(span.start) > untilMs) return false;
    if (words.length === 0) return true;
    if (span.kind === "call" && found !== undefined) return found.has(span.id);
    const name = span.name.toLowerCase();
    return words.every((word) =>
      word.startsWith("-") && word.length > 1 ? !name.includes(word.slice(1)) : name.includes(word.replace(/\*$/, "")),
    );
  };
}

/** The rows of a tree: without those that are folded away, and without those that neither match nor lead to one that does. */
export function treeRows(spans: readonly (TraceSpan | undefined)[], folded: ReadonlySet<string>, filter: TraceFilter): readonly TraceRow[] {
  const matches = matcher(filter);
  const horizon = new Date(filter.nowMs).toISOString();
  const below = descendants(spans);
  const kept = matches === undefined ? undefined : keptOf(spans, matches);
  const rows: TraceRow[] = [];
  for (let at = 0; at < spans.length; at++) {
    const span = spans[at];
    if (span === undefined) {
      if (kept === undefined) rows.push(undefined);
      continue;
    }
    const key = keyOf(span);
    const isShown = span.start <= horizon && (kept === undefined || kept[at] !== 0);
    if (isShown) rows.push({ kind: "span", key, span, depth: span.depth, below: below[at]!, isContext: kept?.[at] === 1 });
    if (!isShown || folded.has(key)) at += below[at]!;
  }
  return rows;
}

/** Calls and requests under the agent that made them, or the tool that was called; the longest together first. */
export function groupRows(
  spans: readonly (TraceSpan | undefined)[],
  by: "agent" | "tool",
  folded: ReadonlySet<string>,
  filter: TraceFilter,
): readonly TraceRow[] {
  const matches = matcher(filter);
  const horizon = new Date(filter.nowMs).toISOString();
  const groups = new Map<string, TraceSpan[]>();
  const names = new Map<string, string>([[MAIN_AGENT, "main agent"]]);
  for (const span of spans) if (span?.kind === "agent") names.set(span.id, span.name);
  for (const span of spans) {
    if (span === undefined || span.kind === "turn" || span.kind === "agent" || span.start > horizon) continue;
    if (matches !== undefined && !matches(span)) continue;
    const key = by === "agent" ? span.agent_id : toolOf(span);
    const own = groups.get(key);
    if (own === undefined) groups.set(key, [span]);
    else own.push(span);
  }
  const heads = [...groups].map(([key, own]): GroupRow => ({
    kind: "group",
    key: `${by}:${key}`,
    name: by === "agent" ? (names.get(key) ?? key) : key,
    calls: own.filter(({ kind }) => kind === "call").length,
    failed: own.filter(({ outcome }) => isFailed(outcome)).length,
    totalMs: own.reduce((sum, span) => sum + durationOf(span, filter.nowMs), 0),
    below: own.length,
    spans: own.toSorted((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0)),
  }));
  return heads
    .toSorted((a, b) => b.totalMs - a.totalMs || (a.key < b.key ? -1 : 1))
    .flatMap((head): readonly TraceRow[] =>
      folded.has(head.key)
        ? [head]
        : [head, ...head.spans.map((span) => ({ kind: "span" as const, key: keyOf(span), span, depth: 1, below: 0, isContext: false }))],
    );
}

/** How many spans stand below each: those that follow it and are deeper. */
function descendants(spans: readonly (TraceSpan | undefined)[]): Int32Array {
  const below = new Int32Array(spans.length);
  const open: number[] = [];
  const close = (end: number): void => {
    const at = open.pop()!;
    below[at] = end - at - 1;
  };
  let end = 0;
  for (; end < spans.length; end++) {
    const span = spans[end];
    if (span === undefined) break;
    while (open.length > 0 && spans[open.at(-1)!]!.depth >= span.depth) close(end);
    open.push(end);
  }
  while (open.length > 0) close(end);
  return below;
}

/** 2 where a span matches, 1 where it leads to one that does. */
function keptOf(spans: readonly (TraceSpan | undefined)[], matches: (span: TraceSpan) => boolean): Uint8Array {
  const kept = new Uint8Array(spans.length);
  const path: number[] = [];
  for (let at = 0; at < spans.length; at++) {
    const span = spans[at];
    if (span === undefined) continue;
    while (path.length > 0 && spans[path.at(-1)!]!.depth >= span.depth) path.pop();
    if (matches(span)) {
      kept[at] = 2;
      for (let up = path.length - 1; up >= 0 && kept[path[up]!] === 0; up--) kept[path[up]!] = 1;
    }
    path.push(at);
  }
  return kept;
}
