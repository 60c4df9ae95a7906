import type { CallToolResult, Result } from "@modelcontextprotocol/server";
import type { AskDetail } from "../contract/operations/asks.ts";

/** The extension by which a call that takes long is a task that its client looks after. */
export const TASKS = "io.modelcontextprotocol/tasks";

const POLL_MS = 5_000;

/**
 * An ask as a task. One id is both, so that a task is as durable as its ask and nothing else needs to be kept. The people who are asked are those
 * who watch Orrery, not the client's own user: the task works until they have decided and never requires input of the client.
 */
export function toTask(ask: AskDetail): Record<string, unknown> {
  return {
    taskId: ask.ask_id,
    status: statusOf(ask),
    ...(ask.state === "open" ? { statusMessage: "Waiting for people in Orrery's inbox." } : {}),
    createdAt: ask.opened_at,
    lastUpdatedAt: ask.decided_at ?? ask.opened_at,
    ttlMs: null,
    pollIntervalMs: POLL_MS,
  };
}

/** What `tools/call` answers instead of the ask. */
export function toCreated(ask: AskDetail): Result {
  return { resultType: "task", ...toTask(ask) };
}

/** What `tasks/get` answers. */
export function toLookedUp(ask: AskDetail, answer: CallToolResult): Result {
  const task = toTask(ask);
  return task["status"] === "completed" ? { ...task, result: answer } : task;
}

function statusOf({ state, outcome }: AskDetail): "working" | "completed" | "cancelled" {
  if (state === "open") return "working";
  return outcome === "cancelled" ? "cancelled" : "completed";
}
