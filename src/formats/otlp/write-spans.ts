import type { Usage } from "../../contract/events/model.ts";
import { foreignId, MAIN_AGENT } from "../../contract/ids.ts";
import { textHash } from "../../lib/text-hash.ts";

/** What is written of one session. Times are RFC 3339. A project that reads it needs to know nothing of ours. */
export interface SpanSource {
  readonly session_id: string;
  readonly app?: string | undefined;
  readonly app_version?: string | undefined;
  readonly agents: readonly {
    readonly agent_id: string;
    readonly parent_agent_id?: string | undefined;
    readonly call_id?: string | undefined;
    readonly label: string;
    readonly agent_type?: string | undefined;
    readonly spawned_at: string;
    readonly ended_at?: string | undefined;
    readonly outcome?: string | undefined;
  }[];
  readonly turns: readonly {
    readonly turn_id: string;
    readonly agent_id: string;
    readonly prompt?: unknown;
    readonly started_at?: string | undefined;
    readonly ended_at?: string | undefined;
  }[];
  readonly requests: readonly {
    readonly request_id: string;
    readonly agent_id: string;
    readonly turn_id?: string | undefined;
    readonly at: string;
    readonly model?: string | undefined;
    readonly usage?: Usage | undefined;
    readonly duration_ms?: number | undefined;
    readonly ttft_ms?: number | undefined;
    readonly stop_reason?: string | undefined;
    readonly cost_usd?: number | undefined;
  }[];
  readonly calls: readonly {
    readonly call_id: string;
    readonly agent_id: string;
    readonly turn_id?: string | undefined;
    readonly request_id?: string | undefined;
    readonly name?: string | undefined;
    readonly started_at?: string | undefined;
    readonly ended_at?: string | undefined;
    readonly duration_ms?: number | undefined;
    readonly outcome?: string | undefined;
    readonly input?: unknown;
    readonly output?: unknown;
    readonly error?: unknown;
  }[];
}

const CLIENT = 3;
const INTERNAL = 1;
const ERROR = 2;
const UNSET = 0;
const badOutcomes: ReadonlySet<string> = new Set(["error", "timeout", "invalid", "denied", "failed", "killed"]);

type Values = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/**
 * A session as OTLP/JSON spans by the GenAI conventions: one trace; `invoke_agent` for each prompt and each sub-agent, `chat` for each request,
 * `execute_tool` for each call. By the convention `input_tokens` counts what came from the cache and went to it.
 */
export function writeSpans(source: SpanSource): object {
  const { session_id, agents, turns, requests, calls } = source;
  const traceId = hexId(session_id, 16);
  const conversation = foreignId(session_id);
  const spanId = (kind: string, id: string) => hexId(`${session_id} ${kind} ${id}`, 8);
  const firstAt = [
    ...turns.map(({ started_at }) => started_at),
    ...requests.map(({ at }) => at),
    ...calls.map(({ started_at }) => started_at),
  ]
    .filter((at) => at !== undefined)
    .toSorted()[0];

  const mainTurns = turns.filter(({ agent_id, started_at }) => agent_id === MAIN_AGENT && started_at !== undefined);
  const callIds = new Set(calls.map(({ call_id }) => call_id));

  /** The span under which an agent's work of a moment stands. */
  function parentOf(agentId: string, turnId: string | undefined, at: string): string | undefined {
    if (agentId !== MAIN_AGENT) return spanId("agent", agentId);
    const turn =
      mainTurns.find(({ turn_id }) => turn_id === turnId) ?? mainTurns.findLast(({ started_at }) => started_at! <= at) ?? mainTurns[0];
    return turn === undefined ? undefined : spanId("turn", turn.turn_id);
  }

  function span(
    name: string,
    kind: number,
    id: string,
    parent: string | undefined,
    from: string,
    to: string,
    values: Values,
    isBad = false,
    message?: string,
  ) {
    return {
      traceId,
      spanId: id,
      ...(parent === undefined ? {} : { parentSpanId: parent }),
      name,
      kind,
      startTimeUnixNano: nano(from < to ? from : to),
      endTimeUnixNano: nano(to),
      attributes: attributes({ "gen_ai.conversation.id": conversation, ...values }),
      status: { code: isBad ? ERROR : UNSET, ...(message === undefined ? {} : { message }) },
    };
  }

  const spans = [
    ...mainTurns.map((turn) =>
      span("invoke_agent main", INTERNAL, spanId("turn", turn.turn_id), undefined, turn.started_at!, turn.ended_at ?? turn.started_at!, {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.id": MAIN_AGENT,
        "gen_ai.agent.name": source.app ?? "main",
        "gen_ai.input.messages":
          turn.prompt === undefined
            ? undefined
            : JSON.stringify([{ role: "user", parts: [{ type: "text", content: plain(turn.prompt) }] }]),
      }),
    ),
    ...agents
      .filter(({ agent_id }) => agent_id !== MAIN_AGENT)
      .map((agent) => {
        const parent =
          agent.call_id !== undefined && callIds.has(agent.call_id)
            ? spanId("call", agent.call_id)
            : parentOf(agent.parent_agent_id ?? MAIN_AGENT, undefined, agent.spawned_at);
        const name = agent.agent_type ?? agent.label;
        return span(
          `invoke_agent ${name}`,
          INTERNAL,
          spanId("agent", agent.agent_id),
          parent,
          agent.spawned_at,
          agent.ended_at ?? agent.spawned_at,
          {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.agent.id": foreignId(agent.agent_id),
            "gen_ai.agent.name": name,
            "gen_ai.agent.description": agent.label,
          },
          badOutcomes.has(agent.outcome ?? ""),
        );
      }),
    ...requests.map((request) => {
      const { usage = {} } = request;
      const written = sum(usage.cache_write_5m, usage.cache_write_1h);
      const from = request.duration_ms === undefined ? request.at : new Date(Date.parse(request.at) - request.duration_ms).toISOString();
      return span(
        `chat ${request.model ?? "unknown"}`,
        CLIENT,
        spanId("request", request.request_id),
        parentOf(request.agent_id, request.turn_id, request.at),
        from,
        request.at,
        {
          "gen_ai.operation.name": "chat",
          "gen_ai.provider.name": providerOf(request.model),
          "gen_ai.request.model": request.model,
          "gen_ai.response.model": request.model,
          "gen_ai.response.id": foreignId(request.request_id),
          "gen_ai.response.finish_reasons": request.stop_reason === undefined ? undefined : [request.stop_reason],
          "gen_ai.response.time_to_first_chunk": request.ttft_ms === undefined ? undefined : request.ttft_ms / 1_000,
          "gen_ai.usage.input_tokens": sum(usage.input, usage.cache_read, written),
          "gen_ai.usage.cache_read.input_tokens": usage.cache_read,
          "gen_ai.usage.cache_creation.input_tokens": written,
          "gen_ai.usage.output_tokens": usage.output,
          "gen_ai.usage.reasoning.output_tokens": usage.reasoning,
          "gen_ai.usage.cost": request.cost_usd,
        },
      );
    }),
    ...calls
      .filter((call) => call.started_at !== undefined || call.ended_at !== undefined)
      .map((call) => {
        const from = call.started_at ?? call.ended_at!;
        const to = call.ended_at ?? from;
        const isBad = badOutcomes.has(call.outcome ?? "");
        return span(
          `execute_tool ${call.name ?? "tool"}`,
          INTERNAL,
          spanId("call", call.call_id),
          parentOf(call.agent_id, call.turn_id, from),
          from,
          to,
          {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": call.name,
            "gen_ai.tool.call.id": foreignId(call.call_id),
            "gen_ai.tool.call.arguments": call.input === undefined ? undefined : JSON.stringify(call.input),
            "gen_ai.tool.call.result": call.output === undefined ? undefined : JSON.stringify(call.output),
            "error.type": isBad ? call.outcome : undefined,
            "orrery.outcome": call.outcome,
          },
          isBad,
          call.error === undefined ? undefined : plain(call.error),
        );
      }),
  ];
  const resource = attributes({ "service.name": "orrery", "orrery.app": source.app, "orrery.app.version": source.app_version });
  return {
    resourceSpans: [
      { resource: { attributes: resource }, scopeSpans: [{ scope: { name: "orrery" }, spans: firstAt === undefined ? [] : spans }] },
    ],
  };
}

const providers: readonly (readonly [RegExp, string])[] = [
  [/claude|opus|sonnet|haiku/i, "anthropic"],
  [/^(?:gpt|o\d|codex)/i, "openai"],
  [/gemini/i, "gcp.gemini"],
  [/deepseek/i, "deepseek"],
  [/mistral|codestral/i, "mistral_ai"],
];

function providerOf(model: string | undefined): string | undefined {
  return model === undefined ? undefined : providers.find(([words]) => words.test(model))?.[1];
}

function plain(text: unknown): string {
  if (typeof text === "string") return text;
  const preview = (text as { readonly body?: { readonly preview?: unknown } } | null)?.body?.preview;
  return typeof preview === "string" ? preview : JSON.stringify(text);
}

function sum(...figures: readonly (number | undefined)[]): number | undefined {
  const known = figures.filter((figure) => figure !== undefined);
  return known.length === 0 ? undefined : known.reduce((total, figure) => total + figure, 0);
}

function attributes(values: Values): object[] {
  return Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value: valueOf(value) }]));
}

function valueOf(value: string | number | readonly string[]): object {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "number") return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  return { arrayValue: { values: value.map((each) => ({ stringValue: each })) } };
}

function nano(timestamp: string): string {
  return `${BigInt(Date.parse(timestamp)) * 1_000_000n}`;
}

/** The same id for the same thing at every export, so that a backend that gets it twice keeps it once. */
function hexId(text: string, bytes: 8 | 16): string {
  let hex = "";
  for (let part = 0; hex.length < bytes * 2; part++)
    hex += (Number.parseInt(textHash(`${part} ${text}`), 36) % 2 ** 32).toString(16).padStart(8, "0");
  return /^0+$/.test(hex) ? hex.replace(/0$/, "1") : hex;
}
