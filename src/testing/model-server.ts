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
  /** How the first requests for it are refused, before one is answered. */
  readonly refused?: { readonly times: number; readonly status: number; readonly type: string; readonly message: string };
}

/** One request as the server saw it, and what it answered. `results` are what the client sent back for calls of the answer before. */
export interface Asked {
  readonly script: string | undefined;
  readonly turn: number;
  readonly model: string;
  readonly message_id: string;
  /** By a clock that only goes forward, in milliseconds. */
  readonly atMs: number;
  readonly usage: Required<ModelUsage>;
  readonly results: readonly { readonly call: string; readonly isError: boolean; readonly text: string }[];
  /** Everything that it was told since its answer before, as JSON. */
  readonly told: string;
}

export interface ModelServer {
  readonly url: string;
  /** Every answered request, in order: the server's own account. */
  readonly asked: readonly Asked[];
  /** The requests that were refused, in order. */
  readonly refused: readonly { readonly script: string | undefined; readonly turn: number; readonly status: number }[];
  /** What was asked for that is no Messages request. */
  readonly others: readonly string[];
  /** What the client said came of a call: `undefined` while it said nothing. */
  resultOf(call: string): Asked["results"][number] | undefined;
}

type Json = Readonly<Record<string, unknown>>;

const NOTHING_LEFT: Turn = { text: "Done." };
const USAGE: ModelUsage = { input_tokens: 1_000, output_tokens: 50 };

/**
 * A model behind the Messages API of Anthropic and the Responses API of OpenAI that says what its scripts say. A request belongs to the script whose name stands in the first words of its
 * conversation, and gets the turn whose number is the count of answers that the conversation has: asked again, it says the same again.
 */
export async function startModelServer(t: TestContext, scripts: Readonly<Record<string, readonly Turn[]>>): Promise<ModelServer> {
  const asked: Asked[] = [];
  const refused: ModelServer["refused"][number][] = [];
  const others: string[] = [];
  const server = createServer((request, reply) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const path = request.url?.split("?")[0] ?? "";
      const body = parse(Buffer.concat(chunks).toString());
      const shape = request.method === "POST" ? shapes[path] : undefined;
      if (shape === undefined) {
        others.push(`${request.method} ${path}`);
        reply.writeHead(404, { "content-type": "application/json" });
        return void reply.end(JSON.stringify({ type: "error", error: { type: "not_found_error", message: `nothing at ${path}` } }));
      }
      const { opening, turn, results, told } = shape.read(body);
      const hasTools = Array.isArray(body["tools"]) && body["tools"].length > 0;
      const script = hasTools ? Object.keys(scripts).find((name) => opening.includes(name)) : undefined;
      const said = (script === undefined ? undefined : scripts[script]?.[turn]) ?? NOTHING_LEFT;
      const before = refused.filter((each) => each.script === script && each.turn === turn).length;
      if (said.refused !== undefined && before < said.refused.times) {
        const { status, type, message } = said.refused;
        refused.push({ script, turn, status });
        reply.writeHead(status, { "content-type": "application/json" });
        return void reply.end(JSON.stringify({ type: "error", error: { type, message } }));
      }
      const usage = { cache_creation_input_tokens: 0, cache_read_input_tokens: 0, ...USAGE, ...said.usage };
      const model = String(body["model"]);
      const message_id = `msg_${String(asked.length + 1).padStart(6, "0")}`;
      asked.push({ script, turn, model, message_id, atMs: performance.now(), usage, results, told });
      shape.write(reply, { id: message_id, model, said, usage, isStream: body["stream"] === true });
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
    refused,
    others,
    resultOf: (call) => asked.flatMap(({ results }) => results).find((result) => result.call === call),
  };
}

interface Saying {
  readonly id: string;
  readonly model: string;
  readonly said: Turn;
  readonly usage: Required<ModelUsage>;
  readonly isStream: boolean;
}

/** How one API asks and is answered. */
interface Shape {
  read(body: Json): { readonly opening: string; readonly turn: number; readonly results: Asked["results"]; readonly told: string };
  write(reply: ServerResponse, saying: Saying): void;
}

const messagesApi: Shape = {
  read(body) {
    const messages = itemsOf(body["messages"]);
    return {
      opening: wordsOf(messages[0]?.["content"]),
      turn: messages.filter(({ role }) => role === "assistant").length,
      results: resultsIn(messages),
      told: JSON.stringify(sinceAnswer(messages)),
    };
  },
  write(reply, { id, model, said, usage, isStream }) {
    const message = { id, type: "message", role: "assistant", model, stop_sequence: null };
    if (!isStream) {
      reply.writeHead(200, { "content-type": "application/json", "request-id": `req_${id}` });
      return void reply.end(JSON.stringify({ ...message, content: blocksOf(said), stop_reason: stopOf(said), usage }));
    }
    const send = sender(reply, id);
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
  },
};

/** Always streamed, and in one list of items instead of messages. */
const responsesApi: Shape = {
  read(body) {
    const items = itemsOf(body["input"]);
    const isAnswer = ({ type, role }: Json) => type === "function_call" || (type === "message" && role === "assistant");
    const since = items.slice(items.findLastIndex(isAnswer) + 1);
    return {
      opening: items.flatMap(({ type, role, content }) => (type === "message" && role === "user" ? wordsOf(content) : [])).join("\n"),
      turn: items.filter((item, at) => isAnswer(item) && (at === 0 || !isAnswer(items[at - 1]!))).length,
      told: JSON.stringify(since),
      results: since
        .filter(({ type }) => type === "function_call_output")
        .map(({ call_id, output }) => {
          const text = typeof output === "string" ? output : wordsOf(output);
          return { call: String(call_id), isError: !/exit(?:ed with)? code:? 0/i.test(text), text };
        }),
    };
  },
  write(reply, { id, model, said: { text, tools = [] }, usage }) {
    const send = sender(reply, id);
    const response = { id, object: "response", model };
    send("response.created", { response });
    const words = text === undefined ? [] : [{ type: "message", id, role: "assistant", content: [{ type: "output_text", text }] }];
    const calls = tools.map((tool) => ({
      type: "function_call",
      id: `fc_${tool.id}`,
      call_id: tool.id,
      name: tool.name,
      arguments: JSON.stringify(tool.input),
    }));
    for (const [index, item] of [...words, ...calls].entries()) send("response.output_item.done", { output_index: index, item });
    const { output_tokens, cache_read_input_tokens: cached_tokens } = usage;
    // Here what was read from the cache is counted as input too.
    const input_tokens = usage.input_tokens + cached_tokens;
    const total_tokens = input_tokens + output_tokens;
    const tokens = { input_tokens, input_tokens_details: { cached_tokens }, output_tokens, output_tokens_details: null, total_tokens };
    send("response.completed", { response: { ...response, output: [], usage: tokens } });
    reply.end();
  },
};

const shapes: Readonly<Record<string, Shape>> = { "/v1/messages": messagesApi, "/v1/responses": responsesApi };

function sender(reply: ServerResponse, id: string): (type: string, data: object) => void {
  reply.writeHead(200, { "content-type": "text/event-stream", "request-id": `req_${id}` });
  return (type, data) => reply.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
}

function itemsOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
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

function sinceAnswer(messages: readonly Json[]): readonly Json[] {
  return messages.slice(messages.findLastIndex(({ role }) => role === "assistant") + 1);
}

/** What came of the calls of the latest answer. */
function resultsIn(messages: readonly Json[]): Asked["results"] {
  return sinceAnswer(messages)
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
