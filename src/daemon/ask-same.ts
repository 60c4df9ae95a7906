import type { EventOf } from "../contract/events/index.ts";
import { isBodyRef } from "../contract/text.ts";
import { redactData } from "../lib/secrets.ts";

type Asked = Pick<EventOf<"ask.opened">["data"], "kind" | "prompt" | "tool" | "input">;

/** Whether an ask is for what was asked before, as far as that is still known: secrets and, by the capture mode, words are not kept. */
export function isSameAsk(before: Asked, now: Asked): boolean {
  const told = ({ kind, prompt, tool, input }: Asked): unknown => redactData([kind, prompt, tool, input]);
  return isAlike(told(before), told(now));
}

function isAlike(before: unknown, now: unknown): boolean {
  if (before === now || isBodyRef(before)) return true;
  if (typeof before !== "object" || typeof now !== "object" || before === null || now === null) return false;
  const [known, given] = [before, now].map((each) => Object.entries(each).filter(([, value]) => value !== undefined)) as [
    [string, unknown][],
    [string, unknown][],
  ];
  const all = new Map(given);
  return known.length === given.length && known.every(([name, value]) => all.has(name) && isAlike(value, all.get(name)));
}
