import { setTimeout as wait } from "node:timers/promises";
import type { Client } from "../../client/index.ts";
import type { EventDraft } from "../../contract/events/index.ts";
import { translateAgentMeta } from "../../formats/claude/subagent.ts";
import { translateLine } from "../../formats/claude/transcript.ts";
import { toTimestamp } from "../../lib/clock.ts";
import type { Moment } from "./recording.ts";

interface Play {
  readonly client: Client;
  readonly moments: readonly Moment[];
  /** 1 is the recorded pace. */
  readonly speed: number;
  readonly signal: AbortSignal;
  readonly progress: (done: number) => void;
}

/** Plays a recording as if it happened now: each moment is sent when its time has come, dated with that time. */
export async function play({ client, moments, speed, signal, progress }: Play): Promise<void> {
  const startedMs = Date.now();
  const first = moments[0]?.atMs ?? 0;
  const dueMs = (moment: Moment) => startedMs + (moment.atMs - first) / speed;
  for (let done = 0; done < moments.length && !signal.aborted;) {
    const waitMs = dueMs(moments[done]!) - Date.now();
    if (waitMs > 0) await wait(waitMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const now = Date.now();
    const due: Moment[] = [];
    while (done < moments.length && dueMs(moments[done]!) <= now) due.push(moments[done++]!);
    await send(client, due, dueMs);
    progress(done);
  }
}

/** Hooks go where an agent posts them; lines are translated here, as the daemon would translate those it reads itself. */
async function send(client: Client, due: readonly Moment[], dueMs: (moment: Moment) => number): Promise<void> {
  const bodies = due.flatMap((moment) => (moment.kind === "hook" ? [moment.body] : []));
  const events = due.flatMap((moment) => eventsOf(moment, toTimestamp(dueMs(moment))));
  if (bodies.length > 0) await client.ingest.claude_code({ bodies });
  if (events.length > 0) await client.events.append({ events });
}

function eventsOf(moment: Moment, at: string): readonly EventDraft[] {
  switch (moment.kind) {
    case "hook":
      return [];
    case "meta":
      return translateAgentMeta({ ...(moment.meta as object), finished: undefined }, { ...moment, timestamp: at }).events;
    case "line":
      return translateLine({ ...moment.record, timestamp: at }, { ...moment.file, replay: undefined, readAt: at }).events;
  }
}
