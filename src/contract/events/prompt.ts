import { z } from "zod";
import { defineEvent } from "../event.ts";
import { Text } from "../text.ts";

/** A person wrote a prompt while the agent was at work: it waits until it is taken up. */
export const promptQueued = defineEvent("prompt.queued", z.looseObject({ prompt: Text.optional() }), { prompt: "And then run the tests." });

/**
 * A waiting prompt waits no more: it was sent to the agent (`sent`), or taken back by the person (`removed`). With `prompt` the first that says
 * just that, else the first that waits, or with `all` every one.
 */
export const promptTaken = defineEvent(
  "prompt.taken",
  z.looseObject({ how: z.enum(["sent", "removed"]), prompt: Text.optional(), all: z.boolean().optional() }),
  { how: "sent" },
);
