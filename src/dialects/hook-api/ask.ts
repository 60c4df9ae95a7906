import { hash } from "node:crypto";
import { foreignId, toId } from "../../contract/ids.ts";
import type { Caller } from "../../contract/operations/index.ts";
import { randomId } from "../../lib/ids.ts";
import type { Picture } from "../picture.ts";
import { badInput } from "./body.ts";

/** What a person has to answer, where the caller names no time: seconds. */
const ASK_SECONDS = 60;
const ASK_MAX_SECONDS = 366 * 86_400;
/** What one wait takes at most; longer ones are waits in a row. */
const WAIT_MS = 600_000;

interface Asking extends Pick<Picture, "clock"> {
  readonly handlers: Pick<Picture["handlers"], "asks.create" | "asks.wait">;
}

/**
 * Asks people and waits for the answer, however long. Whoever hears nothing in time has no leave. A call with the id and
 * the prompt of an earlier one comes back to the same ask, and to its answer, also after a restart.
 */
export async function askPeople({ handlers, clock }: Asking, told: Readonly<Record<string, unknown>>, caller: Caller): Promise<object> {
  const { prompt, timeout = ASK_SECONDS } = told;
  if (typeof prompt !== "string" || prompt.trim() === "") throw badInput("prompt", "must be words");
  if (typeof timeout !== "number" || !(timeout > 0 && timeout <= ASK_MAX_SECONDS))
    throw badInput("timeout", "must be seconds, a number more than 0 and no more than a year");
  const id = idIn(told) ?? foreignId(randomId("ask"));
  // Leave for one thing is no leave for another, whatever id both were asked with.
  const ask_id = toId("ask", `${id}.${hash("sha256", prompt).slice(0, 16)}`);
  const deadline_ms = Math.ceil(timeout * 1_000);
  const endMs = clock.now() + deadline_ms;
  const waitMs = () => Math.min(WAIT_MS, Math.max(0, endMs - clock.now()));
  let ask = await handlers["asks.create"]({ ask_id, kind: "gate", prompt, deadline_ms, on_timeout: "deny", wait_ms: waitMs() }, caller);
  while (ask.state === "open" && waitMs() > 0) ask = await handlers["asks.wait"]({ ask_id, wait_ms: waitMs() }, caller);
  const { answer, outcome } = ask;
  const approved = answer?.approved ?? (outcome === "allowed" || outcome === "always");
  return { approved, response: answer?.message ?? "", id, ask_id };
}

function idIn(told: Readonly<Record<string, unknown>>): string | undefined {
  const id = told["id"] ?? told["ask_id"] ?? told["request_id"];
  if (id === undefined || id === null) return undefined;
  if (typeof id !== "string" || !/^[\w.:/@+-]{1,150}$/.test(id)) throw badInput("id", "must be 1 to 150 letters, digits and . _ : / @ + -");
  return id;
}
