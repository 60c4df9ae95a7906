import { z } from "zod";
import { defineOperation, Scope } from "../operation.ts";

const Token = z.looseObject({
  token_id: z.string(),
  name: z.string(),
  scope: Scope,
  created_at: z.string(),
  /** To the minute. Absent: never used. */
  last_used_at: z.string().optional(),
  revoked_at: z.string().optional(),
});
export type TokenRow = z.infer<typeof Token>;

export const listTokens = defineOperation({
  name: "tokens.list",
  kind: "query",
  scope: "admin",
  method: "GET",
  path: "/tokens",
  summary: "Who may come in: name and scope of each token, when it was made, last used and revoked. The tokens themselves are not kept.",
  input: z.object({ state: z.enum(["valid", "revoked", "all"]).default("valid") }),
  output: z.object({ items: z.array(Token) }),
});

export const createToken = defineOperation({
  name: "tokens.create",
  kind: "command",
  scope: "admin",
  method: "POST",
  path: "/tokens",
  summary:
    "Makes a token and answers it, this once: only its hash is kept. Each scope may do what those before it may: ingest, read, control, admin.",
  input: z.object({
    name: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9 ._@-]{0,99}$/, {
        error: "must be 1 to 100 letters, digits, spaces and . _ @ -, beginning with a letter or digit",
      })
      .refine((name) => name !== "local", { error: "must not be local: that is who comes without a token" }),
    scope: Scope.default("read"),
  }),
  output: Token.extend({ token: z.string() }),
});

export const revokeToken = defineOperation({
  name: "tokens.revoke",
  kind: "command",
  isFinal: true,
  scope: "admin",
  method: "POST",
  path: "/tokens/:token_id/revoke",
  summary: "Ends a token: who came in with it is shown out at once.",
  input: z.object({ token_id: z.string().min(1).max(100) }),
  output: Token,
});
