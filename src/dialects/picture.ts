import type { StoredEvent } from "../contract/events/index.ts";
import type { SessionId } from "../contract/ids.ts";
import type { Scope } from "../contract/operation.ts";
import type { Config } from "../contract/config.ts";
import type { Caller, Handlers, OperationName } from "../contract/operations/index.ts";
import type { Clock } from "../lib/clock.ts";
import type { PricesAt } from "../money/cost.ts";
import type { Session } from "../projections/session.ts";
import type { SessionView } from "../projections/views.ts";
import type { ReadQuery } from "../log/log.ts";
import type { DialectLogger } from "./door.ts";

/** Where each dialect is served. */
export type DialectUrls = Readonly<Partial<Record<"hook_api" | "hook_api_ws" | "kei" | "mpm" | "boocode", string>>>;

export interface Visitor {
  readonly actor: string;
  /** Absent: nobody who may come in. */
  readonly scope?: Scope;
  /** The token that says who it is. */
  readonly tokenId?: string;
}

/** What a dialect is given: the log as it grows, the picture as it stands, and the operations. */
export interface Picture {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: DialectLogger;
  readonly version: string;
  readonly handlers: Handlers;
  /** Runs an operation by its name with the checks of a door, and tells the log who had it done. */
  call(name: OperationName, input: unknown, caller: Caller): Promise<unknown>;
  readonly pricesAt: PricesAt;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The sessions that are alive or recent. */
  sessions(): Session[];
  session(id: SessionId): Session | undefined;
  /** Every session there is, the most recently active first. */
  summaries(): readonly SessionView[];
  /** A whole session with its texts, inputs and outputs, as far as they are not stored apart. */
  sessionInFull(id: SessionId): Session | undefined;
  /** A text that is stored apart, while it is kept. */
  body(sha256: string): string | undefined;
  readLog(query: ReadQuery): readonly StoredEvent[];
  onCommit(listener: (events: readonly StoredEvent[]) => void): () => void;
  /** Who comes with this token, or with none, from an address. @throws OrreryError UNAUTHENTICATED, TOO_MANY_ATTEMPTS */
  visitor(token: string | undefined, address: string): Visitor;
  /** Calls with the id of each token that is revoked from now on. */
  onTokenRevoked(listener: (tokenId: string) => void): () => void;
  /** Where its siblings are served, as far as they are open by now. */
  urls(): DialectUrls;
}
