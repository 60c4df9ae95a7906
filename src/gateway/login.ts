import type { IncomingMessage } from "node:http";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { addressOf, type Access, type Visitor } from "./access.ts";
import { encodingOf, readJson } from "./body.ts";
import { parseInput } from "./input.ts";

const Login = z.object({ token: z.string().min(1).max(500) });

/**
 * How the page comes in: `POST /api/login` trades a token for a cookie that scripts cannot read and that no other site's request carries. These are no
 * operations of the registry: cookies are the browser's.
 */
export function serveLogin(app: FastifyInstance, access: Access): void {
  app.get("/api/access", (request, reply) => reply.header("cache-control", "no-store").send(describe(request.raw, access.of(request.raw))));

  app.post("/api/login", (request, reply) => {
    encodingOf(request.headers);
    const { token } = parseInput(Login, readJson((request.body as Buffer | undefined) ?? Buffer.alloc(0)));
    const visitor = access.know(token, addressOf(request.raw));
    return reply
      .headers({ "set-cookie": access.logIn(visitor, request.raw), "cache-control": "no-store" })
      .send(describe(request.raw, visitor));
  });

  app.post("/api/logout", (request, reply) => {
    const removed = access.logOut(request.raw);
    return reply.headers({ "set-cookie": removed, "cache-control": "no-store" }).send({ needed: access.isNeededBy(request.raw) });
  });

  /** Whether a token is needed, and whose was sent and what it may do. */
  function describe(request: IncomingMessage, { actor, scope, tokenId }: Visitor) {
    return { needed: access.isNeededBy(request), ...(scope && { scope }), ...(tokenId && { name: actor, token_id: tokenId }) };
  }
}
