import compress from "@fastify/compress";
import staticFiles from "@fastify/static";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { stat } from "node:fs/promises";
import { join, normalize } from "node:path";

const pageHeaders = {
  "content-security-policy":
    "default-src 'self'; script-src 'self'; connect-src 'self' ws:; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; font-src 'self' data:; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
};

const notBuilt = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Orrery</title>
<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui;max-width:36rem;margin:15vh auto;padding:0 1rem}code{background:color-mix(in srgb,currentColor 10%,transparent);padding:.15em .4em;border-radius:4px}</style></head>
<body><h1>Orrery is running</h1><p>The web page is not built yet. Build it with <code>npm run build:web</code>, then load this page again.</p>
<p>The API is here all the same: <a href="/docs">its reference</a>, <a href="/api/status">status</a>.</p></body></html>`;

/** The built web page: its files, and its index for every address that the page itself routes. Undefined `root`: how to build it. */
export async function serveWebUi(app: FastifyInstance, root: string | undefined): Promise<void> {
  await app.register(compress, { global: false });
  if (root !== undefined) await app.register(staticFiles, { root, serve: false, cacheControl: false });

  app.get("/*", { compress: { threshold: 2_048 } }, async (request, reply) => {
    const path = normalize(`/${(request.params as { readonly "*": string })["*"]}`);
    if (root === undefined)
      return isPageAddress(request, path)
        ? reply.headers(pageHeaders).type("text/html; charset=utf-8").send(notBuilt)
        : reply.callNotFound();
    if (path !== "/" && !path.startsWith("/api/") && (await isFile(join(root, path)))) return sendFile(reply, path);
    return isPageAddress(request, path) ? sendFile(reply, "/index.html") : reply.callNotFound();
  });
}

/** Files under /assets carry a hash of their content in their name, so a browser never has to ask again. */
function sendFile(reply: FastifyReply, path: string): FastifyReply {
  const caching = path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
  return reply.headers({ ...pageHeaders, "cache-control": caching }).sendFile(path.slice(1));
}

function isPageAddress(request: FastifyRequest, path: string): boolean {
  if (path === "/" || path === "/index.html") return true;
  const isScreen = path.startsWith("/sessions/") || !/\.[^/]*$/.test(path);
  return (request.headers.accept ?? "").includes("text/html") && !path.startsWith("/api/") && isScreen;
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
