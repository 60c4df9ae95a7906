import { MAIN_AGENT, type AgentId } from "../contract/ids.ts";
import { previewOf } from "../contract/text.ts";
import { emptyMap, mapOf, type PersistentMap } from "../lib/persistent-map.ts";
import { isOver } from "./ended.ts";
import type { Projection } from "./projection.ts";
import type { Session } from "./session.ts";

/** One thing that happened to the prompts that wait for an agent. */
interface QueueStep {
  readonly key: string;
  readonly at: string;
  readonly agent_id: AgentId;
  readonly kind: "queued" | "taken";
  /** The beginning of its words. */
  readonly prompt?: string;
  readonly all?: true;
}

/** By event id: only one way tells of it, and it gives its steps no other name. Which prompts wait is played from their times. */
export type Queue = PersistentMap<string, QueueStep>;

export interface QueuedPrompt {
  readonly key: string;
  readonly at: string;
  readonly prompt?: string;
}

const PREVIEW = 280;

export const queueProjection: Projection<Queue> = {
  name: "queue",
  initial: emptyMap(),
  apply(queue, event) {
    if ((event.type !== "prompt.queued" && event.type !== "prompt.taken") || queue.has(event.id)) return queue;
    const { prompt } = event.data;
    return queue.set(event.id, {
      key: event.id,
      at: event.timestamp,
      agent_id: event.agent_id ?? MAIN_AGENT,
      kind: event.type === "prompt.queued" ? "queued" : "taken",
      ...(prompt === undefined ? {} : { prompt: previewOf(prompt).slice(0, PREVIEW) }),
      ...(event.type === "prompt.taken" && event.data.all === true ? { all: true } : {}),
    });
  },
};

/** The prompts that wait, oldest first. A session that is over takes up none. */
export function viewQueue(session: Session): readonly QueuedPrompt[] {
  return session.queue.size === 0 || isOver(session) ? none : standing([...session.queue.values()]);
}

/** Lets go of what was played out by `since`, or by now. What waits stays, so that later steps find it. */
export function collapseQueue(
  queue: Queue,
  since: string | undefined,
): { readonly kept: Queue; readonly gone: number; readonly latestGone: string | undefined } {
  const [past, fresh] = [[] as QueueStep[], [] as QueueStep[]];
  for (const step of queue.values()) (since !== undefined && step.at > since ? fresh : past).push(step);
  const waiting = new Set(standing(past));
  const gone = past.filter((step) => !waiting.has(step));
  if (gone.length === 0) return { kept: queue, gone: 0, latestGone: undefined };
  const kept = [...waiting, ...fresh].map((step) => [step.key, step] as const);
  return { kept: mapOf(kept), gone: gone.length, latestGone: gone.reduce((at, step) => (step.at > at ? step.at : at), "") };
}

const none: readonly QueuedPrompt[] = [];

function standing(steps: readonly QueueStep[]): QueueStep[] {
  let waiting: QueueStep[] = [];
  for (const step of steps.toSorted(inOrder)) {
    if (step.kind === "queued") waiting.push(step);
    else {
      const own = waiting.filter(({ agent_id }) => agent_id === step.agent_id);
      const taken = step.all === true ? own : own.filter(({ prompt }) => step.prompt === undefined || prompt === step.prompt).slice(0, 1);
      waiting = waiting.filter((each) => !taken.includes(each));
    }
  }
  return waiting;
}

/** Of the same moment what was queued comes first. */
function inOrder(a: QueueStep, b: QueueStep): number {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1;
  if (a.kind !== b.kind) return a.kind === "queued" ? -1 : 1;
  return a.key === b.key ? 0 : a.key < b.key ? -1 : 1;
}
