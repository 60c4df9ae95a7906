import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { errorHeaders } from "../contract/error-headers.ts";
import { OrreryError } from "../contract/errors.ts";
import type { Access } from "./access.ts";
import { readJson } from "./body.ts";
import { toCallerError, type GatewayLogger } from "./failure.ts";

type Signal = "traces" | "logs" | "metrics";
type Encoding = "json" | "protobuf";

/** Takes one export and says what of it was refused for good. */
export type TakeOtlp = (
  signal: Signal,
  body: { readonly protobuf: Uint8Array } | { readonly json: unknown },
) => Promise<{ readonly rejected: number; readonly reason?: string }>;

interface OtlpDeps {
  readonly access: Access;
  readonly take: TakeOtlp;
  /** The largest body, before and after decompression. */
  readonly bodyBytes: number;
  readonly logger: GatewayLogger;
}

const contentTypes: Readonly<Record<Encoding, string>> = { json: "application/json", protobuf: "application/x-protobuf" };
const rejectedFields = { traces: "rejectedSpans", logs: "rejectedLogRecords", metrics: "rejectedDataPoints" } as const;
const unzip = promisify(gunzip);

/**
 * The receiver of OTLP over HTTP at the root, where exporters look for it. It is no operation of the registry: the protocol fixes paths, both
 * encodings, the shape of answers and of errors, and which statuses make an exporter send again.
 */
export function serveOtlp(app: FastifyInstance, { access, take, bodyBytes, logger }: OtlpDeps): void {
  for (const signal of ["traces", "logs", "metrics"] as const) {
    app.route({
      method: "POST",
      url: `/v1/${signal}`,
      bodyLimit: bodyBytes,
      onRequest: async ({ raw }) => access.check(access.of(raw), "ingest", `/v1/${signal}`),
      errorHandler: (error, request, reply) => void fail(error, request, reply),
      handler: async (request, reply) => {
        const encoding = encodingOf(request);
        if (encoding === undefined)
          throw new OrreryError("UNSUPPORTED_MEDIA_TYPE", { content_type: request.headers["content-type"] ?? "(none)" });
        const bytes = await plainBody(request, bodyBytes);
        const isEmpty = bytes.length === 0;
        const { rejected, reason } = await take(
          signal,
          encoding === "protobuf" ? { protobuf: bytes } : { json: isEmpty ? {} : readJson(bytes) },
        );
        return answer(reply, encoding, rejected === 0 ? undefined : { field: rejectedFields[signal], rejected, message: reason ?? "" });
      },
    });
  }

  function fail(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const known = toCallerError(error, logger, { bodyBytes });
    const encoding = encodingOf(request) ?? "json";
    // An exporter sends again after 429, 502, 503 and 504 only.
    const isLater = known.toBody().retry === "later" && known.code !== "INTERNAL";
    const status = isLater && known.status !== 429 ? 503 : known.status;
    const code = rpcCodes.get(status) ?? 2;
    const message = `${known.message} (${known.code})`;
    return reply
      .code(status)
      .headers(errorHeaders(known))
      .type(contentTypes[encoding])
      .send(
        encoding === "json" ? JSON.stringify({ code, message }) : Buffer.concat([Buffer.from([0x08]), varint(code), text(0x12, message)]),
      );
  }
}

/** HTTP status -> code of google.rpc.Status. */
const rpcCodes: ReadonlyMap<number, number> = new Map([
  [400, 3],
  [401, 16],
  [403, 7],
  [413, 8],
  [415, 3],
  [429, 8],
  [500, 13],
  [503, 14],
]);

function encodingOf(request: FastifyRequest): Encoding | undefined {
  const type = (request.headers["content-type"] ?? "").split(";", 1)[0]!.trim().toLowerCase();
  if (type === "application/json") return "json";
  return type === "application/x-protobuf" || type === "application/protobuf" ? "protobuf" : undefined;
}

/** The body without its compression. A small body that unpacks to a huge one is given up at the limit, not after it. */
async function plainBody(request: FastifyRequest, limitBytes: number): Promise<Buffer> {
  const body = (request.body as Buffer | undefined) ?? Buffer.alloc(0);
  const encoding = request.headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
  if (encoding === "identity" || encoding === "") return body;
  if (encoding !== "gzip") throw new OrreryError("UNSUPPORTED_MEDIA_TYPE", { content_type: `encoded as ${encoding}` });
  try {
    return await unzip(body, { maxOutputLength: limitBytes });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE")
      throw new OrreryError("BODY_TOO_LARGE", { limit_bytes: limitBytes }, { cause });
    throw new OrreryError("BAD_INPUT", { problems: [{ field: "body", message: "is not gzip" }] }, { cause });
  }
}

interface Partial {
  readonly field: string;
  readonly rejected: number;
  readonly message: string;
}

function answer(reply: FastifyReply, encoding: Encoding, partial: Partial | undefined): FastifyReply {
  void reply.code(200).type(contentTypes[encoding]);
  if (encoding === "json")
    return reply.send(
      partial === undefined
        ? "{}"
        : JSON.stringify({ partialSuccess: { [partial.field]: String(partial.rejected), errorMessage: partial.message } }),
    );
  if (partial === undefined) return reply.send(Buffer.alloc(0));
  const inner = Buffer.concat([Buffer.from([0x08]), varint(partial.rejected), text(0x12, partial.message)]);
  return reply.send(Buffer.concat([Buffer.from([0x0a]), varint(inner.length), inner]));
}

function text(tag: number, words: string): Buffer {
  const bytes = Buffer.from(words, "utf8");
  return Buffer.concat([Buffer.from([tag]), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}
