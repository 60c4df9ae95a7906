import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { OrreryError } from "../contract/errors.ts";
import { allows, type Scope } from "../contract/operation.ts";
import type { Clock } from "../lib/clock.ts";
import { randomSecret } from "../lib/ids.ts";
import { isForwarded } from "../lib/loopback.ts";
import { createAttempts } from "./attempts.ts";
import type { GatewayLogger } from "./failure.ts";

export interface KnownToken {
  readonly token_id: string;
  readonly name: string;
  readonly scope: Scope;
}

/** What the doors need to know of tokens. */
export interface Tokens {
  find(token: string): KnownToken | undefined;
  hasAdmin(): boolean;
  onRevoked(listener: (tokenId: string) => void): () => void;
}

/** Who came in. `scope` is absent when nobody was named and nobody may come in unnamed. */
export interface Visitor {
  /** The name of the token, or `local`. */
  readonly actor: string;
  readonly scope?: Scope;
  readonly tokenId?: string;
  /** Why a token is needed, where that is not plain. */
  readonly reason?: string;
}

export interface Access {
  /** Whether everybody needs a token: always, unless only this machine can reach us. */
  readonly isNeeded: boolean;
  /** Whether this one does: on loopback, who comes through a proxy. */
  isNeededBy(request: IncomingMessage): boolean;
  /** Who comes without a token: on this machine alone whoever is there, else nobody. */
  readonly unnamed: Visitor;
  /** Who sends a request, by its `Authorization` header or its cookie. The same answer for the same request. */
  of(request: IncomingMessage): Visitor;
  /** @throws OrreryError UNAUTHENTICATED, FORBIDDEN */
  check(visitor: Visitor, needed: Scope, what: string): void;
  /** Calls when the visitor's token is revoked; the answer stops that. */
  whenRevoked(visitor: Visitor, act: () => void): () => void;
  /** Who a token is. @throws OrreryError UNAUTHENTICATED, TOO_MANY_ATTEMPTS */
  know(token: string, address: string): Visitor;
  /** The value of a `Set-Cookie` header that stands for the visitor from now on. */
  logIn(visitor: Visitor, request: IncomingMessage): string;
  /** Ends what the request's cookie stands for; the `Set-Cookie` value that removes it. */
  logOut(request: IncomingMessage): string;
}

interface Deps {
  readonly tokens: Tokens;
  readonly isNeeded: boolean;
  readonly clock: Clock;
  readonly logger: Pick<GatewayLogger, "warn">;
  port(): number;
}

const STAYS_S = 30 * 24 * 3_600;
/** Of one token, and of all: nobody logs others out by logging in. */
const LOGINS_EACH = 50;
const MAX_LOGINS = 1_000;
const throughProxy: Visitor = { actor: "nobody", reason: "no token was sent, and a proxy passed the request on" };

/** Tells who comes, and what they may do. A login is a random word in a cookie; what it stands for is in memory only and ends with the token. */
export function createAccess({ tokens, isNeeded, clock, logger, port }: Deps): Access {
  const attempts = createAttempts(clock);
  const seen = new WeakMap<IncomingMessage, Visitor>();
  const logins = new Map<string, { readonly visitor: Visitor; readonly untilMs: number }>();
  const unnamed: Visitor = isNeeded ? { actor: "nobody" } : { actor: "local", scope: "admin" };
  const revoked = new Set<string>();
  tokens.onRevoked((tokenId) => {
    revoked.add(tokenId);
    for (const [hash, { visitor }] of logins) if (visitor.tokenId === tokenId) logins.delete(hash);
  });

  // Cookies know no ports: two daemons of one machine must not log each other out.
  const cookieName = (): string => `orrery_${port()}`;
  const cookie = (value: string, seconds: number, isSecure = false): string =>
    `${cookieName()}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${isSecure ? "; Secure" : ""}`;
  const withoutToken = ({ headers }: IncomingMessage): Visitor => (isForwarded(headers) ? throughProxy : unnamed);

  function know(token: string, address: string): Visitor {
    attempts.allow(address);
    const found = tokens.find(token);
    if (found !== undefined) return { actor: found.name, scope: found.scope, tokenId: found.token_id };
    attempts.failed(address);
    logger.warn({ address }, "a token was refused");
    throw new OrreryError("UNAUTHENTICATED", { reason: "the token is not valid, or was revoked" });
  }

  function byCookie(request: IncomingMessage): Visitor | undefined {
    const value = cookieOf(request, cookieName());
    const login = value === undefined ? undefined : logins.get(hashOf(value));
    return login !== undefined && login.untilMs > clock.now() ? login.visitor : undefined;
  }

  return {
    isNeeded,
    isNeededBy: ({ headers }) => isNeeded || isForwarded(headers),
    unnamed,
    know,
    of(request) {
      const known = seen.get(request);
      if (known !== undefined) return known;
      const { authorization } = request.headers;
      const visitor =
        authorization === undefined ? (byCookie(request) ?? withoutToken(request)) : know(bearerOf(authorization), addressOf(request));
      seen.set(request, visitor);
      return visitor;
    },
    whenRevoked: ({ tokenId }, act) => (tokenId === undefined ? () => undefined : tokens.onRevoked((id) => void (id === tokenId && act()))),
    check({ scope, actor, tokenId, reason = "no token was sent" }, needed, what) {
      if (scope === undefined) throw new OrreryError("UNAUTHENTICATED", { reason });
      if (tokenId !== undefined && revoked.has(tokenId)) throw new OrreryError("UNAUTHENTICATED", { reason: "the token was revoked" });
      if (!allows(scope, needed)) throw new OrreryError("FORBIDDEN", { what, needed, scope, name: actor });
    },
    logIn(visitor, { headers }) {
      const value = randomSecret();
      const own = [...logins].filter(([, login]) => login.visitor.tokenId === visitor.tokenId);
      if (own.length >= LOGINS_EACH) logins.delete(own[0]![0]);
      if (logins.size >= MAX_LOGINS) logins.delete(logins.keys().next().value!);
      logins.set(hashOf(value), { visitor, untilMs: clock.now() + STAYS_S * 1_000 });
      // A proxy speaks TLS with the browser: the cookie must not go without.
      return cookie(value, STAYS_S, headers.origin?.startsWith("https:"));
    },
    logOut(request) {
      const value = cookieOf(request, cookieName());
      if (value !== undefined) logins.delete(hashOf(value));
      return cookie("", 0);
    },
  };
}

export function addressOf(request: IncomingMessage): string {
  return request.socket.remoteAddress ?? "unknown";
}

function bearerOf(header: string): string {
  return /^Bearer +(\S+) *$/i.exec(header)?.[1] ?? "";
}

function cookieOf(request: IncomingMessage, name: string): string | undefined {
  for (const part of (request.headers.cookie ?? "").split(";")) {
    const [key, value] = part.trim().split("=", 2);
    if (key === name && value !== undefined && value !== "") return value;
  }
  return undefined;
}

/** The map's key: how long a lookup takes says nothing of the word itself. */
function hashOf(value: string): string {
  return createHash("sha256").update(value).digest("hex");
}
