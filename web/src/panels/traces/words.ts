import type { Agent } from "../../../../src/projections/agents.ts";
import { MAIN_AGENT } from "../../../../src/contract/ids.ts";
import { whole } from "../../ui/format.ts";

export function calls(count: number): string {
  return `${whole(count)} ${count === 1 ? "call" : "calls"}`;
}

export const bucketWords = { input: "Input", cache_read: "Cache read", cache_write: "Cache write", output: "Output" } as const;

export function requests(count: number): string {
  return `${whole(count)} model ${count === 1 ? "request" : "requests"}`;
}

export function agentName(agent: Agent | undefined, id: string): string {
  if (id === MAIN_AGENT) return "main agent";
  return agent?.name ?? agent?.agent_type ?? id;
}

export const outcomeWords: Record<string, string> = {
  failed: "went wrong",
  ok: "ok",
  error: "failed",
  denied: "denied",
  interrupted: "interrupted",
  timeout: "timed out",
  invalid: "invalid",
  running: "running",
};
