import { z } from "zod";

/**
 * Branded ids with a readable prefix. The part after the prefix is the foreign system's own id where there is one, so the same
 * conversation seen by any source has the same id; `ses_` is not doubled for systems that use that prefix themselves.
 */
function id<P extends string>(prefix: P) {
  return z
    .string()
    .max(200)
    .regex(new RegExp(`^${prefix}_[A-Za-z0-9._:/@+-]+$`), { error: `must be an id that starts with ${prefix}_` })
    .brand<P>();
}

export const SessionId = id("ses");
export const AgentId = id("agt");
export const ProjectId = id("prj");
export const RunId = id("run");
export const CallId = id("call");
export const TurnId = id("trn");
export const MessageId = id("msg");
export const RequestId = id("req");
export const TicketId = id("tkt");
export const AskId = id("ask");
export const InjectionId = id("inj");

export type SessionId = z.infer<typeof SessionId>;
export type AgentId = z.infer<typeof AgentId>;
export type ProjectId = z.infer<typeof ProjectId>;
export type RunId = z.infer<typeof RunId>;
export type CallId = z.infer<typeof CallId>;
export type TurnId = z.infer<typeof TurnId>;
export type MessageId = z.infer<typeof MessageId>;
export type RequestId = z.infer<typeof RequestId>;
export type AskId = z.infer<typeof AskId>;
export type InjectionId = z.infer<typeof InjectionId>;
export type TicketId = z.infer<typeof TicketId>;

/** The agent that a person talks to; every session has exactly one. Agent ids are unique within their session. */
export const MAIN_AGENT = "agt_main" as AgentId;

type Prefix = "ses" | "agt" | "prj" | "run" | "call" | "trn" | "msg" | "req" | "ask";
type IdOf<P extends Prefix> = P extends "ses"
  ? SessionId
  : P extends "agt"
    ? AgentId
    : P extends "prj"
      ? ProjectId
      : P extends "run"
        ? RunId
        : P extends "call"
          ? CallId
          : P extends "trn"
            ? TurnId
            : P extends "msg"
              ? MessageId
              : P extends "ask"
                ? AskId
                : RequestId;

/** Turns a foreign id into ours. Characters outside the id alphabet become `-`; over-long ids keep their end, which is the part that differs. */
export function toId<P extends Prefix>(prefix: P, foreign: string): IdOf<P> {
  const clean = foreign.replace(/[^A-Za-z0-9._:/@+-]/g, "-") || "-";
  const own = clean.startsWith(`${prefix}_`) ? clean : `${prefix}_${clean.slice(-180)}`;
  return own.slice(0, 200) as IdOf<P>;
}

/** The foreign system's own id: what stands after our prefix. */
export function foreignId(id: string): string {
  return id.slice(id.indexOf("_") + 1);
}
