import type { RequestId } from "../contract/ids.ts";
import type { Spend } from "../contract/operations/money.ts";
import type { Call } from "./calls.ts";
import type { Session } from "./session.ts";
import { addSpend, noTokens, spendKey, spendOf, type Request } from "./usage.ts";

/** What is no tool's: the answers of requests that asked for no call, and the prompts. */
export const NO_TOOL = "(no tool)";
export const CONTEXT = "(context)";

/** A part of what a session spent, under the name of a tool or one of the two above. Counts of requests overlap: one may ask for two tools. */
export interface ToolShare {
  readonly tool: string;
  readonly line: Spend;
}

/** The request that asked for a call, also where the call was told the request's stand-in. */
export function requestOf({ request_id }: Pick<Call, "request_id">, { usage }: Session): Request | undefined {
  if (request_id === undefined) return undefined;
  return usage.requests.get(request_id) ?? usage.requests.get(usage.pairs.get(request_id)?.of[0] as RequestId);
}

/**
 * No agent program tells what a call cost: the answer of the request that asked for it is divided by the calls that it asked for, and what does
 * not divide goes one token each to the first calls by id. The prompt is nobody's share, and neither is a reported cost: it is of both.
 */
export function splitAnswer(request: Request, calls: readonly Call[]): { readonly call: Call; readonly line: Spend }[] {
  const { output, reasoning } = spendOf(request).tokens;
  const sorted = calls.toSorted((a, b) => (a.call_id < b.call_id ? -1 : 1));
  const part = (sum: number, index: number) => Math.floor(sum / sorted.length) + (index < sum % sorted.length ? 1 : 0);
  return sorted.map((call, index) => ({
    call,
    line: portion(request, { output: part(output, index), reasoning: part(reasoning, index) }),
  }));
}

/** All that a whole session spent, by tool. The tokens of the shares sum up to the session's, bucket by bucket. */
export function toolShares(session: Session): ToolShare[] {
  const asked = new Map<RequestId, Call[]>();
  for (const call of session.calls.map.values()) {
    const id = requestOf(call, session)?.request_id;
    if (id !== undefined) asked.set(id, [...(asked.get(id) ?? []), call]);
  }
  const sums = new Map<string, ToolShare>();
  const add = (tool: string, line: Spend) => {
    const key = `${tool}\n${spendKey(line)}`;
    const before = sums.get(key);
    sums.set(key, { tool, line: before === undefined ? line : addSpend(before.line, line) });
  };
  for (const request of session.usage.requests.values()) {
    const { output, reasoning, ...prompt } = spendOf(request).tokens;
    add(CONTEXT, portion(request, prompt));
    const calls = asked.get(request.request_id) ?? [];
    if (calls.length === 0) add(NO_TOOL, portion(request, { output, reasoning }));
    const counted = new Set<string>();
    for (const { call, line } of splitAnswer(request, calls)) {
      const tool = call.name ?? "unknown";
      // Two calls of one tool are still one request.
      add(tool, counted.has(tool) ? { ...line, requests: 0, measured: 0 } : line);
      counted.add(tool);
    }
  }
  return [...sums.values()];
}

function portion(request: Request, tokens: Partial<Spend["tokens"]>): Spend {
  return { ...spendOf(request), tokens: { ...noTokens, ...tokens }, reported_usd_micros: 0, reported_requests: 0 };
}
