import { request as httpRequest } from "node:http";
import type { TestGateway } from "./gateway-fixture.ts";

/** What an HTTP door answered. */
export interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
  /** The `error` of the body. */
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly retry: string;
    readonly details?: { readonly problems?: { field: string; message: string }[] };
  };
}

/** A request with full control of what is sent; `fetch` would correct it. */
export function send(
  gateway: TestGateway,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string | Buffer } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method = options.body === undefined ? "GET" : "POST", headers = {}, body } = options;
    const request = httpRequest({ host: "127.0.0.1", port: gateway.port, path, method, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("end", () => {
        const parsed = text.startsWith("{") ? (JSON.parse(text) as { error?: unknown }) : {};
        resolve({ status: response.statusCode!, headers: response.headers, body: text, error: (parsed.error ?? {}) as Answer["error"] });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** Headers of a body in JSON. */
export const json = { "content-type": "application/json" };

/** An event that any door takes. */
export const event = { id: "e1", type: "x.test.happened", timestamp: "2026-11-20T09:46:24.031Z", source: "test/api", data: {} };
