import { OrreryError } from "../contract/errors.ts";
import type { EventDraft } from "../contract/events/index.ts";
import type { Appended, EventLog } from "../log/log.ts";

/**
 * Appends, and gives for each draft its place in the log or the reason why the log cannot write it, such as data nested too deeply: one such
 * draft must not keep the others out. Other refusals of the log are thrown.
 */
export async function appendApart(append: EventLog["append"], drafts: readonly EventDraft[]): Promise<readonly (Appended | OrreryError)[]> {
  try {
    return await append(drafts);
  } catch (error) {
    if (!(error instanceof OrreryError && error.code === "BAD_INPUT")) throw error;
    if (drafts.length === 1) return [error];
    const middle = drafts.length >> 1;
    return [...(await appendApart(append, drafts.slice(0, middle))), ...(await appendApart(append, drafts.slice(middle)))];
  }
}
