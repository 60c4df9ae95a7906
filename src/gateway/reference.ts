import type { FastifyInstance } from "fastify";
import { toOpenApi } from "./openapi.ts";
import { toReferencePage } from "./reference-page.ts";

/** What the API is, for programs and for people; both built at the first request. */
export function serveReference(app: FastifyInstance, version: string): void {
  let openApi: string | undefined;
  let page: string | undefined;
  app.get("/api/openapi.json", { compress: { threshold: 2_048 } }, (_request, reply) =>
    reply.type("application/json; charset=utf-8").send((openApi ??= JSON.stringify(toOpenApi(version)))),
  );
  app.get("/docs", { compress: { threshold: 2_048 } }, (_request, reply) =>
    reply
      .headers({
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
        "referrer-policy": "no-referrer",
      })
      .type("text/html; charset=utf-8")
      .send((page ??= toReferencePage(version))),
  );
}
