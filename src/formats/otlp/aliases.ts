import type { Attributes, OtlpRecord } from "./records.ts";

/** Our column, and the attribute names under which emitters write it: the first that is there counts. */
const columns = {
  operation: ["gen_ai.operation.name", "openinference.span.kind", "traceloop.span.kind", "sentry.op", "op", "span.type"],
  provider: ["gen_ai.provider.name", "llm.provider", "gen_ai.system", "llm.system"],
  model: ["gen_ai.response.model", "gen_ai.request.model", "llm.model_name", "llm.request.model", "embedding.model_name", "model"],
  session: [
    "gen_ai.conversation.id",
    "session.id",
    "conversation.id",
    "traceloop.association.properties.session_id",
    "traceloop.association.properties.conversation_id",
    "langfuse.session.id",
  ],
  agent_id: ["gen_ai.agent.id", "agent.id"],
  agent_name: ["gen_ai.agent.name", "agent.name", "traceloop.entity.name"],
  agent_task: ["gen_ai.agent.description"],
  tool: ["gen_ai.tool.name", "tool.name", "traceloop.entity.name", "mcp.tool.name"],
  call: ["gen_ai.tool.call.id", "tool_call.id", "tool_use_id", "gen_ai.tool.call_id"],
  tool_input: ["gen_ai.tool.call.arguments", "tool.parameters", "input.value", "traceloop.entity.input", "gen_ai.tool.input"],
  tool_output: ["gen_ai.tool.call.result", "output.value", "traceloop.entity.output", "gen_ai.tool.output"],
  response: ["gen_ai.response.id", "llm.response.id"],
  finish: ["gen_ai.response.finish_reasons", "llm.finish_reason", "gen_ai.completion.0.finish_reason"],
  ttft_s: ["gen_ai.response.time_to_first_chunk"],
  input: ["gen_ai.usage.input_tokens", "llm.token_count.prompt", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens", "input_tokens"],
  output: [
    "gen_ai.usage.output_tokens",
    "llm.token_count.completion",
    "gen_ai.usage.completion_tokens",
    "llm.usage.completion_tokens",
    "output_tokens",
  ],
  cache_read: [
    "gen_ai.usage.cache_read.input_tokens",
    "llm.token_count.prompt_details.cache_read",
    "gen_ai.usage.cache_read_input_tokens",
    "gen_ai.usage.input_tokens.cached",
    "cache_read_tokens",
  ],
  cache_write: [
    "gen_ai.usage.cache_creation.input_tokens",
    "llm.token_count.prompt_details.cache_write",
    "gen_ai.usage.cache_creation_input_tokens",
    "gen_ai.usage.input_tokens.cache_write",
    "cache_creation_tokens",
  ],
  reasoning: [
    "gen_ai.usage.reasoning.output_tokens",
    "llm.token_count.completion_details.reasoning",
    "gen_ai.usage.output_tokens.reasoning",
    "gen_ai.usage.reasoning_tokens",
  ],
  cost_usd: ["gen_ai.usage.cost", "llm.cost.total", "gen_ai.cost.total_tokens", "gen_ai.usage.total_cost"],
  prompt: ["gen_ai.input.messages", "input.value", "traceloop.entity.input", "gen_ai.prompt"],
  error: ["error.type", "exception.type", "exception.message"],
} as const;

export type Column = keyof typeof columns;

export interface AliasTable {
  /** Raised with every change of the columns: what was mapped with an older table is told by it, and `orrery reingest` maps it anew. */
  readonly version: number;
  readonly columns: Readonly<Record<Column, readonly string[]>>;
}

export const aliasTable: AliasTable = { version: 1, columns };

/** What an emitter says, by our columns. */
export function columnOf(attributes: Attributes, column: Column, table: AliasTable): unknown {
  for (const name of table.columns[column]) {
    const value = attributes[name];
    if (value !== undefined && value !== "") return value;
  }
  return undefined;
}

export type Emitter = "genai" | "openinference" | "openllmetry" | "sentry" | "vercel";

/** Who wrote a record: conventions share names, but not what they mean. */
export function emitterOf({ scope, resource, attributes }: OtlpRecord): Emitter {
  const name = scope.name ?? "";
  if (attributes["openinference.span.kind"] !== undefined || name.startsWith("openinference")) return "openinference";
  if (attributes["traceloop.span.kind"] !== undefined || name.startsWith("opentelemetry.instrumentation") || name.startsWith("@traceloop"))
    return "openllmetry";
  if (attributes["sentry.op"] !== undefined || String(resource["telemetry.sdk.name"] ?? "").startsWith("sentry")) return "sentry";
  return name === "ai" ? "vercel" : "genai";
}

/**
 * Whether `input` counts what came from the cache and went to it. By the convention it does. OpenLLMetry copies what the provider says, and
 * Anthropic's own figure leaves the cache out, as Sentry's never does.
 */
export function inputIncludesCache(emitter: Emitter, provider: unknown): boolean {
  if (emitter === "openllmetry") return !/anthropic|bedrock/i.test(String(provider ?? ""));
  return true;
}
