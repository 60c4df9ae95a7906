import { MAIN_AGENT } from "../contract/ids.ts";
import type { OutputFor } from "../contract/operations/index.ts";
import type { Session } from "../projections/session.ts";
import { turnFigures } from "../projections/turn-figures.ts";
import { spendOf } from "../projections/usage.ts";
import type { PriceBook } from "./money-prices.ts";
import { costAndCache } from "./money-usage.ts";

/** Every turn of a session with what it took, oldest first. */
export function turnCosts(session: Session, book: Pick<PriceBook, "at" | "newest">): OutputFor<"sessions.cost">["turns"] {
  return turnFigures(session).map(({ turn, requests, context_tokens, ...figures }) => {
    const { turn_id, agent_id, prompt, started_at, ended_at, duration_ms, interrupted } = turn;
    const model = requests.findLast((request) => request.agent_id === agent_id && request.model !== undefined)?.model;
    const { window } = windowOf(session, { agent_id, model }, book);
    const told = { prompt, started_at, ended_at, duration_ms, interrupted };
    return {
      turn_id,
      agent_id,
      ...(Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined)) as typeof told),
      ...figures,
      models: [...figures.models],
      requests: requests.length,
      ...(context_tokens === undefined
        ? {}
        : { context: { tokens: context_tokens, ...(window === undefined || window === 0 ? {} : { window }) } }),
      ...costAndCache(requests.map(spendOf), book.at),
    };
  });
}

/** How much fits into an agent's context: what its program tells, which it does of the main agent only, else what its model is known for. */
export function windowOf(
  { facts }: Pick<Session, "facts">,
  { agent_id, model }: { readonly agent_id: string; readonly model?: string | undefined },
  book: Pick<PriceBook, "newest">,
): { readonly window: number | undefined; readonly isReported: boolean } {
  const reported = agent_id === MAIN_AGENT ? facts.context?.size_tokens : undefined;
  return { window: reported ?? (model === undefined ? undefined : book.newest().contextWindow(model)), isReported: reported !== undefined };
}
