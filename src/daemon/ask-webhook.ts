import type { Told } from "../alerts/index.ts";
import type { StoredEvent } from "../contract/events/index.ts";
import type { Notify } from "../contract/operations/alerts.ts";
import type { AskRow } from "../contract/operations/asks.ts";
import { previewOf } from "../contract/text.ts";
import type { AskBook, HeldAsk } from "./ask-book.ts";

interface Deps {
  readonly webhook: NonNullable<Notify["webhook"]>;
  readonly tell: (notify: Notify, message: object) => Promise<readonly Told[]>;
  readonly held: AskBook["get"];
  readonly rowOf: (held: HeldAsk) => AskRow;
  readonly pageUrl: () => string;
  readonly onTold: (told: Told) => void;
}

const types: ReadonlySet<string> = new Set(["ask.opened", "ask.escalated", "ask.answered", "ask.withdrawn", "ask.expired"]);
const PROMPT = 400;

/**
 * Tells an address of each ask that is held: that it waits, that its deadline passed, how it was decided. Nothing in it answers: it leads to the inbox.
 * The news of one ask arrive in their order.
 */
export function createAskWebhook({ webhook, tell, held, rowOf, pageUrl, onTold }: Deps): { noted(events: readonly StoredEvent[]): void } {
  const last = new Map<string, Promise<void>>();

  function say(id: string, message: object): void {
    const told = (last.get(id) ?? Promise.resolve())
      .then(() => tell({ webhook }, message))
      .then((results) => results.forEach(onTold))
      .finally(() => last.get(id) === told && last.delete(id));
    last.set(id, told);
  }

  return {
    noted(events) {
      for (const event of events) {
        if (!types.has(event.type)) continue;
        const { ask_id, prompt } = event.data as { readonly ask_id: string; readonly prompt?: Parameters<typeof previewOf>[0] };
        const one = held(ask_id);
        if (one === undefined) continue;
        say(one.ask_id, messageOf(event, rowOf(one), prompt === undefined ? undefined : previewOf(prompt).slice(0, PROMPT), pageUrl()));
      }
    },
  };
}

/** `prompt` as it was stored: without the secrets that were taken out, and by the capture mode. */
function messageOf({ type, timestamp }: StoredEvent, row: AskRow, prompt: string | undefined, page: string): object {
  const { ask_id, kind, tool, asked_by, risk, project, session, session_id, agent, agent_id, opened_at, deadline, on_timeout } = row;
  const decision = type === "ask.opened" || type === "ask.escalated" ? {} : { outcome: row.outcome, by: row.by, door: row.door };
  return {
    type,
    at: timestamp,
    ask_id,
    kind,
    tool,
    asked_by,
    prompt,
    risk,
    project,
    session,
    session_id,
    agent,
    agent_id,
    opened_at,
    deadline,
    on_timeout,
    ...decision,
    inbox: `${page}/inbox?ask=${encodeURIComponent(ask_id)}`,
  };
}
