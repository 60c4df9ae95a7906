import type { EventDraft } from "../contract/events/index.ts";
import type { Handlers } from "../contract/operations/index.ts";
import type { TokenRow } from "../contract/operations/tokens.ts";
import type { EventLog } from "../log/log.ts";
import { doer } from "./doer.ts";
import type { TokenBook, TokenEntry } from "./token-book.ts";

export interface Tokens {
  readonly handlers: Pick<Handlers, Extract<keyof Handlers, `tokens.${string}`>>;
  /** Tells the log of tokens that were made or revoked while no daemon ran. */
  catchUp(): Promise<void>;
  hasAdmin(): boolean;
  /** Calls with the id of each token that is revoked from now on. */
  onRevoked(listener: (tokenId: string) => void): () => void;
}

/** What the daemon answers about tokens. The log is told who may come in since when, and by whom: that is the audit trail. */
export function createTokens({ book, log }: { readonly book: TokenBook; readonly log: Pick<EventLog, "append"> }): Tokens {
  const listeners = new Set<(tokenId: string) => void>();
  return {
    handlers: {
      "tokens.list": ({ state }) => ({
        items: book
          .entries()
          .filter(({ revoked_at }) => state === "all" || (revoked_at === undefined) === (state === "valid"))
          .map(toRow),
      }),
      "tokens.create": async (input, caller) => {
        const { entry, token } = book.create(input, doer(caller).by);
        await log.append(eventsOf(entry));
        return { ...toRow(entry), token };
      },
      "tokens.revoke": async ({ token_id }, caller) => {
        const entry = book.revoke(token_id, doer(caller).by);
        for (const listener of listeners) listener(token_id);
        await log.append(eventsOf(entry));
        return toRow(entry);
      },
    },
    hasAdmin: () => book.entries().some(({ scope, revoked_at }) => scope === "admin" && revoked_at === undefined),
    async catchUp() {
      const events = book.entries().flatMap(eventsOf);
      // Ids that the log has already are stored once.
      if (events.length > 0) await log.append(events);
    },
    onRevoked(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** What is told of a token: not its hash. */
export function toRow({ token_id, name, scope, created_at, last_used_at, revoked_at }: TokenEntry): TokenRow {
  return { token_id, name, scope, created_at, ...(last_used_at && { last_used_at }), ...(revoked_at && { revoked_at }) };
}

function eventsOf({ token_id, name, scope, created_at, created_by, revoked_at, revoked_by }: TokenEntry): EventDraft[] {
  const about = { token_id, name, scope };
  const source = "orrery/tokens";
  return [
    { id: `access:${token_id}:created`, type: "token.created", timestamp: created_at, source, data: { ...about, by: created_by } },
    ...(revoked_at === undefined
      ? []
      : [
          {
            id: `access:${token_id}:revoked`,
            type: "token.revoked" as const,
            timestamp: revoked_at,
            source,
            data: { ...about, by: revoked_by ?? "local" },
          },
        ]),
  ];
}
