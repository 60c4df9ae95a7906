import { fields, list, str, timeOfMs, type Fields } from "../fields.ts";
import { decodeProtobuf, MalformedProtobuf } from "./protobuf.ts";

export type Signal = "traces" | "logs" | "metrics";
export type Attributes = Readonly<Record<string, unknown>>;

/** What every record shares: who sent it, and its own attributes as plain values. */
interface Sent {
  readonly resource: Attributes;
  readonly scope: { readonly name?: string; readonly version?: string };
  readonly attributes: Attributes;
}

export interface Span extends Sent {
  readonly kind: "span";
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startMs?: number;
  readonly endMs?: number;
  readonly status: { readonly code: number; readonly message?: string };
  readonly events: readonly { readonly name: string; readonly atMs?: number; readonly attributes: Attributes }[];
}

export interface LogRecord extends Sent {
  readonly kind: "log";
  /** Of `eventName`, the attribute `event.name`, or a body that is one word. */
  readonly name: string;
  readonly atMs?: number;
  readonly body?: unknown;
  readonly severity?: string;
  readonly traceId?: string;
  readonly spanId?: string;
}

/** One point of a metric. `value` is the number, or the sum of a distribution, whose `count` says of how many. */
export interface MetricPoint extends Sent {
  readonly kind: "point";
  readonly name: string;
  readonly unit?: string;
  readonly type: "gauge" | "sum" | "histogram" | "exponentialHistogram" | "summary";
  /** 1: since the last point (delta), 2: since `startMs` (cumulative). */
  readonly temporality?: number;
  readonly startMs?: number;
  readonly atMs?: number;
  readonly value?: number;
  readonly count?: number;
}

export type OtlpRecord = Span | LogRecord | MetricPoint;

export interface Batch {
  readonly records: readonly OtlpRecord[];
  /** Records that are none of the signal's, and why the first of them is not. */
  readonly rejected: number;
  readonly reason?: string;
}

/** Reads the body of one export. `problem` when nothing of it can be read. */
export function readExport(
  signal: Signal,
  body: { readonly protobuf: Uint8Array } | { readonly json: unknown },
): Batch | { readonly problem: string } {
  if ("json" in body) {
    const request = fields(body.json);
    return request === undefined ? { problem: "the body is not an object" } : collect(signal, request);
  }
  try {
    return collect(signal, decodeProtobuf(body.protobuf, requests[signal]));
  } catch (error) {
    if (error instanceof MalformedProtobuf) return { problem: error.message };
    throw error;
  }
}

const requests = { traces: "TracesRequest", logs: "LogsRequest", metrics: "MetricsRequest" } as const;
const names = {
  traces: ["resourceSpans", "scopeSpans", "spans"],
  logs: ["resourceLogs", "scopeLogs", "logRecords"],
  metrics: ["resourceMetrics", "scopeMetrics", "metrics"],
} as const;

function collect(signal: Signal, request: Fields): Batch {
  const records: OtlpRecord[] = [];
  let rejected = 0;
  let reason: string | undefined;
  const refuse = (why: string, count = 1): void => {
    rejected += count;
    reason ??= why;
  };
  const [resources, scopes, items] = names[signal];
  for (const group of list(request[resources]).map(fields)) {
    if (group === undefined) refuse(`${resources} has an item that is not an object`);
    const resource = attributesOf(fields(group?.["resource"])?.["attributes"]);
    for (const inner of list(group?.[scopes]).map(fields)) {
      if (inner === undefined) refuse(`${scopes} has an item that is not an object`);
      const told = fields(inner?.["scope"]) ?? {};
      const scope = { name: str(told["name"]), version: str(told["version"]) };
      for (const item of list(inner?.[items])) {
        const found = fields(item);
        if (found === undefined) refuse(`${items} has an item that is not an object`);
        else if (signal === "metrics") pointsOf(found, { resource, scope }, records, refuse);
        else {
          const record = signal === "traces" ? spanOf(found, { resource, scope }) : logOf(found, { resource, scope });
          if (typeof record === "string") refuse(record);
          else records.push(record);
        }
      }
    }
  }
  return { records, rejected, ...(reason === undefined ? {} : { reason }) };
}

type Sender = Pick<Sent, "resource" | "scope">;

function spanOf(span: Fields, sender: Sender): Span | string {
  const traceId = idOf(span["traceId"], 16);
  const spanId = idOf(span["spanId"], 8);
  if (traceId === undefined || spanId === undefined) return "a span has no valid traceId and spanId";
  const status = fields(span["status"]) ?? {};
  return {
    kind: "span",
    ...sender,
    name: str(span["name"]) ?? "",
    traceId,
    spanId,
    parentSpanId: idOf(span["parentSpanId"], 8),
    startMs: msOf(span["startTimeUnixNano"]),
    endMs: msOf(span["endTimeUnixNano"]),
    status: { code: numberOf(status["code"]) ?? 0, message: str(status["message"]) },
    attributes: attributesOf(span["attributes"]),
    events: list(span["events"])
      .map(fields)
      .filter((event) => event !== undefined)
      .map((event) => ({
        name: str(event["name"]) ?? "",
        atMs: msOf(event["timeUnixNano"]),
        attributes: attributesOf(event["attributes"]),
      })),
  };
}

function logOf(log: Fields, sender: Sender): LogRecord {
  const attributes = attributesOf(log["attributes"]);
  const body = valueOf(log["body"], 0);
  const word = typeof body === "string" && /^[\w.-]{1,100}$/.test(body) ? body : undefined;
  return {
    kind: "log",
    ...sender,
    name: str(log["eventName"]) ?? str(attributes["event.name"]) ?? word ?? "",
    atMs: msOf(log["timeUnixNano"]) ?? msOf(log["observedTimeUnixNano"]),
    body,
    severity: str(log["severityText"]),
    traceId: idOf(log["traceId"], 16),
    spanId: idOf(log["spanId"], 8),
    attributes,
  };
}

const metricTypes = ["gauge", "sum", "histogram", "exponentialHistogram", "summary"] as const;

function pointsOf(metric: Fields, sender: Sender, records: OtlpRecord[], refuse: (why: string, count?: number) => void): void {
  const name = str(metric["name"]);
  const type = metricTypes.find((known) => fields(metric[known]) !== undefined);
  if (name === undefined || type === undefined) return refuse("a metric has no name or no data");
  const data = fields(metric[type])!;
  for (const point of list(data["dataPoints"]).map(fields)) {
    if (point === undefined) {
      refuse("dataPoints has an item that is not an object");
      continue;
    }
    records.push({
      kind: "point",
      ...sender,
      name,
      unit: str(metric["unit"]),
      type,
      temporality: numberOf(data["aggregationTemporality"]),
      startMs: msOf(point["startTimeUnixNano"]),
      atMs: msOf(point["timeUnixNano"]),
      value: numberOf(point["asDouble"]) ?? numberOf(point["asInt"]) ?? numberOf(point["sum"]),
      count: numberOf(point["count"]),
      attributes: attributesOf(point["attributes"]),
    });
  }
}

const MAX_DEPTH = 64;

function attributesOf(value: unknown, depth = 0): Attributes {
  const result: Record<string, unknown> = {};
  for (const each of list(value)) {
    const entry = fields(each);
    const key = str(entry?.["key"]);
    if (key !== undefined && key !== "__proto__") result[key] = valueOf(entry!["value"], depth);
  }
  return result;
}

/** An `AnyValue` as the plain value that it stands for. A whole number that JavaScript cannot hold stays text. */
function valueOf(value: unknown, depth: number): unknown {
  const any = fields(value);
  if (any === undefined) return undefined;
  if (depth > MAX_DEPTH) return "[nested too deeply]";
  if (any["stringValue"] !== undefined) return any["stringValue"];
  if (any["boolValue"] !== undefined) return any["boolValue"];
  if (any["intValue"] !== undefined) return numberOf(any["intValue"]) ?? any["intValue"];
  if (any["doubleValue"] !== undefined) return any["doubleValue"];
  if (any["arrayValue"] !== undefined) return list(fields(any["arrayValue"])?.["values"]).map((item) => valueOf(item, depth + 1));
  if (any["kvlistValue"] !== undefined) return attributesOf(fields(any["kvlistValue"])?.["values"], depth + 1);
  return any["bytesValue"];
}

/** Hexadecimal, as OTLP's JSON has it, or base64, as plain protobuf JSON would have it. Ids of zeros are none. */
function idOf(value: unknown, sizeBytes: number): string | undefined {
  if (typeof value !== "string") return undefined;
  const hex = value.length === sizeBytes * 2 && /^[0-9a-f]+$/i.test(value) ? value.toLowerCase() : hexOfBase64(value, sizeBytes);
  return hex === undefined || /^0+$/.test(hex) ? undefined : hex;
}

function hexOfBase64(value: string, sizeBytes: number): string | undefined {
  if (value.length !== Math.ceil(sizeBytes / 3) * 4 || !/^[A-Za-z0-9+/]+={0,2}$/.test(value)) return undefined;
  const bytes = atob(value);
  return bytes.length === sizeBytes ? [...bytes].map((char) => char.charCodeAt(0).toString(16).padStart(2, "0")).join("") : undefined;
}

/** A number, also one that is written as text, as 64-bit numbers are. */
function numberOf(value: unknown): number | undefined {
  const number = typeof value === "string" && /^-?\d{1,20}$/.test(value) ? Number(value) : value;
  if (typeof number !== "number" || !Number.isFinite(number)) return undefined;
  return typeof value === "string" && !Number.isSafeInteger(number) ? undefined : number;
}

function msOf(value: unknown): number | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const text = String(value);
  // Nanoseconds need more digits than a number has: the milliseconds are cut off the text.
  const ms = /^\d{7,20}$/.test(text) ? Number(text.slice(0, -6)) : typeof value === "number" ? Math.floor(value / 1e6) : 0;
  return ms > 0 && timeOfMs(ms) !== undefined ? ms : undefined;
}
