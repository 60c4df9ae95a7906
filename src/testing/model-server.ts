import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

/** Tokens of one answer, as a Messages API counts them. */
export interface ModelUsage {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_creation_input_tokens?: number;
  readonly cache_read_input_tokens?: number;
}

/** What the model says in one answer: words, and tools that it calls. */
export interface Turn {
  readonly text?: string;
  readonly tools?: readonly { readonly id: string; readonly name: string; readonly input: object }[];
  readonly usage?: ModelUsage;
}

/** One request as the server saw it, and what it answered. `results` are what the client sent back for calls of the answer before. */
export interface Asked {
  readonly script: string | undefined;
  readonly turn: number;
  readonly model: string;
  readonly message_id: string;
  readonly usage: Required<ModelUsage>;
  readonly results: readonly { readonly call: string; readonly isError: boolean; readonly text: string }[];
}

export interface ModelServer {
  readonly url: string;
  /** Every answered request, in order: the server's own account. */
  readonly asked: readonly Asked[];
  /** What was asked for that is no Messages request. */
  readonly others: readonly string[];
  /** What the client said came of a call: `undefined` while it said nothing. */
  resultOf(call: string): Asked["results"][number] | undefined;
}

type Json = Readonly<Record<string, unknown>>;

const NOTHING_LEFT: Turn = { text: "Done." };
const USAGE: ModelUsage = { input_tokens: 1_000, output_tokens: 50 };

/**
 * A model behind the Messages API that says what its scripts say. A request belongs to the script whose name stands in the first words of its
 * conversation, and gets the turn whose number is the count of answers that the conversation has: asked again, it says the same again.
 */
export async function startModelServer(t: TestContext, scripts: Readonly<Record<string, readonly Turn[]>>): Promise<ModelServer> {
  const asked: Asked[] = [];
  const others: string[] = [];
  const server = createServer((request, reply) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const path = request.url?.split("?")[0] ?? "";
      const body = parse(Buffer.concat(chunks).toString());
      if (request.method !== "POST" || path !== "/v1/messages") {
        others.push(`${request.method} ${path}`);
        reply.writeHead(path.endsWith("/count_tokens") ? 200 : 404, { "content-type": "application/json" });
        return void reply.end(JSON.stringify(path.endsWith("/count_tokens") ? { input_tokens: 100 } : notFound(path)));
      }
      const messages = (body["messages"] as readonly Json[] | undefined) ?? [];
      const opening = wordsOf(messages[0]?.["content"]);
      const hasTools = Array.isArray(body["tools"]) && body["tools"].length > 0;
      const script = hasTools ? Object.keys(scripts).find((name) => opening.includes(name)) : undefined;
      const turn = messages.filter(({ role }) => role === "assistant").length;
      const said = (script === undefined ? undefined : scripts[script]?.[turn]) ?? NOTHING_LEFT;
      const usage = { cache_creation_input_tokens: 0, cache_read_input_tokens: 0, ...USAGE, ...said.usage };
      const model = String(body["model"]);
      const message_id = `msg_${String(asked.length + 1).padStart(6, "0")}`;
      asked.push({ script, turn, model, message_id, usage, results: resultsIn(messages) });
      const message = { id: message_id, type: "message", role: "assistant", model, stop_sequence: null };
      if (body["stream"] === true) stream(reply, message, said, usage);
      else {
        reply.writeHead(200, { "content-type": "application/json" });
        reply.end(JSON.stringify({ ...message, content: blocksOf(said), stop_reason: stopOf(said), usage }));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    others,
    resultOf: (call) => asked.flatMap(({ results }) => results).find((result) => result.call === call),
  };
}

function stream(reply: ServerResponse, message: Json, said: Turn, usage: ModelUsage): void {
  const send = (type: string, data: object) => reply.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  reply.writeHead(200, { "content-type": "text/event-stream" });
  send("message_start", { message: { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } } });
  for (const [index, block] of blocksOf(said).entries()) {
    const isText = block.type === "text";
    send("content_block_start", { index, content_block: isText ? { ...block, text: "" } : { ...block, input: {} } });
    const delta = isText
      ? { type: "text_delta", text: block.text }
      : { type: "input_json_delta", partial_json: JSON.stringify(block.input) };
    send("content_block_delta", { index, delta });
    send("content_block_stop", { index });
  }
  send("message_delta", { delta: { stop_reason: stopOf(said), stop_sequence: null }, usage });
  send("message_stop", {});
  reply.end();
}

function blocksOf({ text, tools = [] }: Turn) {
  return [
    ...(text === undefined ? [] : [{ type: "text" as const, text }]),
    ...tools.map(({ id, name, input }) => ({ type: "tool_use" as const, id, name, input })),
  ];
}

function stopOf({ tools = [] }: Turn): string {
  return tools.length > 0 ? "tool_use" : "end_turn";
}

/** What came of the calls of the latest answer. */
function resultsIn(messages: readonly Json[]): Asked["results"] {
  const since = messages.slice(messages.findLastIndex(({ role }) => role === "assistant") + 1);
  return since
    .flatMap(({ content }) => (Array.isArray(content) ? (content as readonly Json[]) : []))
    .filter(({ type }) => type === "tool_result")
    .map((block) => ({
      call: String(block["tool_use_id"]),
      isError: block["is_error"] === true,
      text: wordsOf(block["content"]),
    }));
}

function wordsOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return (content as readonly Json[]).map(({ text }) => (typeof text === "string" ? text : "")).join("\n");
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return {}; // Not a request that a script could answer.
  }
}

function notFound(path: string): object {
  return { type: "error", error: { type: "not_found_error", message: `nothing at ${path}` } };
}
