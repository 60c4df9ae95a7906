// How fast telemetry is taken: exports of GenAI spans in protobuf, unpacked, translated, stored and folded, against decoding the same
// bytes and doing nothing with them.
import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import { decodeProtobuf } from "../src/formats/otlp/protobuf.ts";
import { openLines, query, request } from "./lib/http-line.ts";
import { closedLoop } from "./lib/load.ts";
import { sized } from "./lib/options.ts";
import { startOrrery } from "./lib/processes.ts";
import { figure, note, report } from "./lib/report.ts";
import { interleave } from "./lib/rounds.ts";

const EXPORTERS = 8;
/** What the exporters of the SDKs send at once unless told otherwise. */
const SPANS_PER_EXPORT = 512;
const exportsEach = sized({ smoke: 1, quick: 4, normal: 15 });
const rounds = sized({ smoke: 1, quick: 3, normal: 5 });

const words = "The quick brown fox jumps over the lazy dog while the tests run and the log keeps every word of it. ";
let made = 0;

/** A conversation of requests and calls in turn, as an instrumented agent exports it. */
function span(conversation: string, traceId: string) {
  const number = ++made;
  const spanId = number.toString(16).padStart(16, "0");
  const startMs = Date.now() - 1_000 + (number % 900);
  const isCall = number % 2 === 0;
  return {
    name: isCall ? "execute_tool search" : "chat claude-opus-5-5",
    kind: 3,
    spanContext: () => ({ traceId, spanId, traceFlags: 1 }),
    parentSpanContext: undefined,
    startTime: [Math.floor(startMs / 1_000), (startMs % 1_000) * 1e6],
    endTime: [Math.floor((startMs + 90) / 1_000), ((startMs + 90) % 1_000) * 1e6],
    attributes: isCall
      ? {
          "gen_ai.operation.name": "execute_tool",
          "gen_ai.conversation.id": conversation,
          "gen_ai.tool.name": "search",
          "gen_ai.tool.call.id": `call-${number}`,
          "gen_ai.tool.call.arguments": JSON.stringify({ query: words }),
          "gen_ai.tool.call.result": words,
        }
      : {
          "gen_ai.operation.name": "chat",
          "gen_ai.conversation.id": conversation,
          "gen_ai.request.model": "claude-opus-5-5",
          "gen_ai.response.id": `resp-${number}`,
          "gen_ai.response.finish_reasons": ["tool_calls"],
          "gen_ai.usage.input_tokens": 12_000 + (number % 500),
          "gen_ai.usage.cache_read.input_tokens": 11_000,
          "gen_ai.usage.output_tokens": number % 300,
        },
    status: { code: 0 },
    events: [],
    links: [],
    duration: [0, 90_000_000],
    ended: true,
    resource: { attributes: { "service.name": "bench-agents" } },
    instrumentationScope: { name: "my.agents", version: "1.0.0" },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function exportOf(): Buffer {
  const id = (++made).toString(16).padStart(8, "0");
  const spans = Array.from({ length: SPANS_PER_EXPORT }, () => span(`conv-${process.pid}-${id}`, `${id}${id}${id}${id}`));
  return Buffer.from(ProtobufTraceSerializer.serializeRequest(spans as never)!);
}

const server = await startOrrery();
const total = EXPORTERS * exportsEach * SPANS_PER_EXPORT;

async function stored(bodies: readonly Buffer[]): Promise<number> {
  const lines = await openLines(server.port, EXPORTERS);
  const queues = lines.map((_, exporter) =>
    bodies.filter((_, index) => index % EXPORTERS === exporter).map((body) => request("/v1/traces", body, "application/x-protobuf")),
  );
  const { seconds, refused } = await closedLoop(lines, queues);
  for (const line of lines) line.close();
  if (refused > 0) throw new Error(`${refused} exports were refused`);
  return total / seconds;
}

function decoded(bodies: readonly Buffer[]): number {
  const from = performance.now();
  let spans = 0;
  for (const body of bodies) {
    const { resourceSpans } = decodeProtobuf(body, "TracesRequest") as {
      resourceSpans: { scopeSpans: { spans: unknown[] }[] }[];
    };
    for (const { scopeSpans } of resourceSpans) for (const scope of scopeSpans) spans += scope.spans.length;
  }
  if (spans !== total) throw new Error(`${spans} of ${total} spans were decoded`);
  return total / ((performance.now() - from) / 1_000);
}

async function head(): Promise<number> {
  const [line] = await openLines(server.port, 1);
  await line!.send(query("/api/status"));
  line!.close();
  return (JSON.parse(line!.body()) as { head: number }).head;
}

const makeAll = (): Buffer[] => Array.from({ length: EXPORTERS * exportsEach }, exportOf);
await stored(makeAll());
decoded(makeAll());
const begun = await head();
const results = await interleave(["orrery", "decode"], rounds, async (who) => {
  const bodies = makeAll();
  return who === "decode" ? decoded(bodies) : stored(bodies);
});
const events = (await head()) - begun;
await server.stop();
if (events < total * rounds) throw new Error(`only ${events} events came of ${total * rounds} spans`);
note(`   ${(events / total / rounds).toFixed(2)} events of each span`);

report("OTLP spans", [
  figure({
    name: `protobuf, ${SPANS_PER_EXPORT} spans per export, ${EXPORTERS} exporters`,
    unit: "spans/s",
    n: total * rounds,
    rounds: results.orrery,
    baseline: { name: "the same bytes decoded, nothing else", rounds: results.decode },
    bar: "no bar",
    passes: () => true,
  }),
]);
