import type { Caller } from "../../contract/operations/index.ts";
import type { Picture } from "../picture.ts";
import { badInput } from "./body.ts";

/** What a person has to answer, where the caller names no time: seconds. */
const ASK_SECONDS = 60;
const ASK_MAX_SECONDS = 600;

/** Asks people and waits for the answer. Whoever hears nothing in time has no leave. */
export async function askPeople({ handlers }: Picture, told: Readonly<Record<string, unknown>>, caller: Caller): Promise<object> {
  const { prompt, timeout = ASK_SECONDS } = told;
  if (typeof prompt !== "string" || prompt.trim() === "") throw badInput("prompt", "must be words");
  if (typeof timeout !== "number" || !(timeout > 0)) throw badInput("timeout", "must be seconds, more than 0");
  const waitMs = Math.ceil(Math.min(timeout, ASK_MAX_SECONDS) * 1_000);
  const { answer, outcome } = await handlers["asks.create"](
    { kind: "gate", prompt, deadline_ms: waitMs, on_timeout: "deny", wait_ms: waitMs },
    caller,
  );
  const approved = answer?.approved ?? (outcome === "allowed" || outcome === "always");
  return { approved, response: answer?.message ?? "" };
}
