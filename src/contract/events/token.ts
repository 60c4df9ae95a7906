import { z } from "zod";
import { defineEvent } from "../event.ts";
import { Scope } from "../operation.ts";

/** Somebody may come in from now on. Neither the token nor its hash is told. */
export const tokenCreated = defineEvent(
  "token.created",
  z.looseObject({ token_id: z.string().max(100), name: z.string().max(100), scope: Scope, by: z.string().max(200) }),
  { token_id: "tok_1q0x7", name: "laptop", scope: "read", by: "local" },
);

/** Somebody may not come in any more. */
export const tokenRevoked = defineEvent(
  "token.revoked",
  z.looseObject({ token_id: z.string().max(100), name: z.string().max(100), scope: Scope, by: z.string().max(200) }),
  { token_id: "tok_1q0x7", name: "laptop", scope: "read", by: "local" },
);
