import type { Tool } from "@modelcontextprotocol/server";
import { jsonSchema, type JsonSchema } from "../contract/json-schema.ts";
import type { Operation } from "../contract/operation.ts";
import { operations } from "../contract/operations/index.ts";
import { withoutAliases } from "./aliases.ts";
import { LONGEST_WAIT_MS, toolNames, type NamedTool } from "./tool-names.ts";

export interface OperationTool {
  readonly operation: Operation;
  readonly named: NamedTool;
  /** What `tools/list` says of it. */
  readonly listed: Tool;
}

/** Fields by which other doors say who asks; here the client's own name does. */
const whoAsks = ["actor", "door"];

/** Every tool by its name, in the order of the registry. */
export const tools: ReadonlyMap<string, OperationTool> = new Map(
  operations.flatMap((operation: Operation) => {
    const served = toolNames[operation.name as keyof typeof toolNames];
    if ("leftOut" in served) return [];
    return served.map((named): [string, OperationTool] => [named.name, { operation, named, listed: toListed(operation, named) }]);
  }),
);

/** The input that an operation gets for what a tool was given. The operation's own check follows. */
export function toInput(
  { operation, named }: OperationTool,
  given: Readonly<Record<string, unknown>>,
  client: string,
): Readonly<Record<string, unknown>> {
  const input: Record<string, unknown> = { ...named.expects, ...withoutAliases(named.aliases ?? {}, given), ...named.sets };
  const { shape } = operation.input;
  if ("actor" in shape) input["actor"] = client;
  if ("door" in shape) input["door"] = "mcp";
  if ("wait_ms" in shape)
    input["wait_ms"] = typeof input["wait_ms"] === "number" ? Math.min(input["wait_ms"], LONGEST_WAIT_MS) : input["wait_ms"];
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}

function toListed(operation: Operation, named: NamedTool): Tool {
  const isQuery = operation.kind === "query";
  const isRemoval = operation.method === "DELETE";
  const output = operation.reply === undefined || operation.reply === "json" ? outputSchema(operation) : undefined;
  return {
    name: named.name,
    title: titleOf(named.name),
    description: named.about ?? operation.summary,
    inputSchema: inputSchema(operation, named) as Tool["inputSchema"],
    ...(output === undefined ? {} : { outputSchema: output as Tool["outputSchema"] & object }),
    annotations: {
      title: titleOf(named.name),
      readOnlyHint: isQuery,
      destructiveHint: isRemoval || operation.isFinal === true,
      idempotentHint: isQuery || isRemoval || operation.method === "PUT",
      openWorldHint: false,
    },
    _meta: { "orrery/operation": operation.name },
  };
}

function inputSchema(operation: Operation, { sets = {}, expects = {}, aliases = {} }: NamedTool): JsonSchema {
  const { properties = {}, required, ...rest } = jsonSchema(operation.input, "input");
  const shown = Object.entries(properties).filter(([name]) => !(name in sets) && !whoAsks.includes(name));
  return {
    ...rest,
    properties: {
      ...Object.fromEntries(shown.map(([name, schema]) => [name, fieldSchema(name, schema as JsonSchema, expects)])),
      ...Object.fromEntries(Object.entries(aliases).map(([name, { schema }]) => [name, schema])),
    },
    // What can be said by another name need not be said by this one; the operation's own check follows.
    ...(required === undefined ? {} : { required: required.filter((name) => !Object.values(aliases).some(({ to }) => to === name)) }),
  };
}

function fieldSchema(name: string, schema: JsonSchema, expects: Readonly<Record<string, unknown>>): JsonSchema {
  const limited = name === "wait_ms" ? { ...schema, maximum: LONGEST_WAIT_MS } : schema;
  return name in expects ? { ...limited, default: expects[name] } : limited;
}

/** Answers may grow: a client that holds this schema must not refuse a field that came later. */
function outputSchema(operation: Operation): JsonSchema | undefined {
  const schema = open(jsonSchema(operation.output, "output")) as JsonSchema;
  return schema["type"] === "object" ? schema : undefined;
}

function open(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(open);
  if (typeof schema !== "object" || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).flatMap(([key, value]) => (key === "additionalProperties" && value === false ? [] : [[key, open(value)]])),
  );
}

function titleOf(name: string): string {
  const words = name.replaceAll("_", " ");
  return words[0]!.toUpperCase() + words.slice(1);
}
