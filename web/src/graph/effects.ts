import type { Transition } from "./transitions.ts";

export const SPAWN_MS = 300;
export const PULSE_MS = 400;
export const LABEL_MS = 800;
export const FALL_MS = 300;
export const FLASH_MS = 200;
export const LEAVE_MS = 1_000;
export const SPARK_MS = 500;

/** A call's name that rises from its agent; calls of the same tool that come while it is in the air are counted on it. */
export interface RisingLabel {
  readonly node: string;
  readonly name: string;
  readonly times: number;
  readonly sinceMs: number;
}

export interface Leaving {
  readonly sinceMs: number;
  readonly outcome: Extract<Transition, { kind: "end" }>["outcome"];
}

/** What is in motion, by the time that it began. All times are those of the drawing clock. */
export interface Effects {
  readonly spawns: Map<string, number>;
  readonly pulses: Map<string, number>;
  readonly labels: Map<string, RisingLabel>;
  readonly falls: Map<string, { node: string; sinceMs: number }>;
  readonly leaving: Map<string, Leaving>;
  readonly sparks: Map<string, number>;
}

/** More than this many at once would be noise; what is over it is counted, not drawn. */
const LIMIT = 400;

export function noEffects(): Effects {
  return { spawns: new Map(), pulses: new Map(), labels: new Map(), falls: new Map(), leaving: new Map(), sparks: new Map() };
}

/** Starts what `found` asks for. Returns the calls that pulse, each once. */
export function startEffects(effects: Effects, found: readonly Transition[], nowMs: number): string[] {
  const pulsed: string[] = [];
  for (const transition of found) {
    const { node } = transition;
    switch (transition.kind) {
      case "spawn":
        put(effects.spawns, node, nowMs);
        break;
      case "call": {
        pulsed.push(transition.call_id);
        put(effects.pulses, node, nowMs);
        const key = `${node} ${transition.label}`;
        const rising = effects.labels.get(key);
        const isRising = rising !== undefined && nowMs - rising.sinceMs < LABEL_MS;
        put(effects.labels, key, {
          node,
          name: transition.label,
          times: isRising ? rising.times + 1 : 1,
          sinceMs: isRising ? rising.sinceMs : nowMs,
        });
        break;
      }
      case "bad-end":
        put(effects.falls, transition.call_id, { node, sinceMs: nowMs });
        break;
      case "end":
        put(effects.leaving, node, { sinceMs: nowMs, outcome: transition.outcome });
        if (transition.outcome === "completed" || transition.outcome === "partial") put(effects.sparks, node, nowMs);
        break;
    }
  }
  return pulsed;
}

/** Forgets what is over. Returns whether an agent has left, so that the picture without it can be made. */
export function dropFinished(effects: Effects, nowMs: number): boolean {
  for (const [key, since] of effects.spawns) if (nowMs - since > SPAWN_MS) effects.spawns.delete(key);
  for (const [key, since] of effects.pulses) if (nowMs - since > PULSE_MS) effects.pulses.delete(key);
  for (const [key, since] of effects.sparks) if (nowMs - since > SPARK_MS) effects.sparks.delete(key);
  for (const [key, label] of effects.labels) if (nowMs - label.sinceMs > LABEL_MS) effects.labels.delete(key);
  for (const [key, fall] of effects.falls) if (nowMs - fall.sinceMs > FALL_MS) effects.falls.delete(key);
  let hasLeft = false;
  for (const [key, { sinceMs }] of effects.leaving) {
    if (nowMs - sinceMs <= LEAVE_MS) continue;
    effects.leaving.delete(key);
    hasLeft = true;
  }
  return hasLeft;
}

export function isMoving(effects: Effects): boolean {
  return (
    effects.spawns.size + effects.pulses.size + effects.labels.size + effects.falls.size + effects.leaving.size + effects.sparks.size > 0
  );
}

export function easeOut(t: number): number {
  return 1 - (1 - Math.min(1, Math.max(0, t))) ** 3;
}

function put<V>(map: Map<string, V>, key: string, value: V): void {
  if (map.size < LIMIT || map.has(key)) map.set(key, value);
}
