import { errorTable } from "../contract/errors.ts";
import { Envelope } from "../contract/event.ts";
import { eventTypes } from "../contract/events/index.ts";
import { jsonSchema } from "../contract/json-schema.ts";
import type { Operation } from "../contract/operation.ts";
import { operations } from "../contract/operations/index.ts";
import { itemsField } from "./input.ts";

/** The OpenAPI 3.1 description of every operation, made from the same declarations that serve it. */
export function toOpenApi(version: string): object {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) {
    const path = `/api${operation.path.replace(/:([a-z0-9_]+)/g, "{$1}")}`;
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: toPathItem(operation) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Orrery",
      version,
      description:
        'Mission control for coding agents. Every operation is also a WebSocket command at /ws: {"command": name, "id", "params"}.',
    },
    paths,
    components: {
      schemas: { Error: errorSchema, Event: eventSchema(), ...eventSchemas() },
      responses: { Error: errorResponse },
      securitySchemes: { token },
    },
  };
}

/** The fields of an operation's input by where HTTP carries them. */
export function fieldsOf(
  operation: Operation,
): { readonly name: string; readonly where: "path" | "query" | "body"; readonly schema: unknown; readonly isRequired: boolean }[] {
  const { properties = {}, required = [] } = jsonSchema(operation.input, "input");
  const inPath = new Set([...operation.path.matchAll(/:([a-z0-9_]+)/g)].map((match) => match[1]!));
  const isInQuery = operation.method === "GET" || operation.method === "DELETE" || operation.body === "bytes";
  const isBody = (name: string) => operation.body === "bytes" && (name === "text" || name === "base64");
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    where: inPath.has(name) ? "path" : isInQuery && !isBody(name) ? "query" : "body",
    schema,
    isRequired: required.includes(name),
  }));
}

function toPathItem(operation: Operation): object {
  const fields = fieldsOf(operation);
  const parameters = fields
    .filter(({ where }) => where !== "body")
    .map(({ name, where, schema, isRequired }) => ({ name, in: where, required: where === "path" || isRequired, schema }));
  return {
    operationId: operation.name,
    summary: operation.summary,
    tags: [operation.name.split(".")[0]],
    "x-scope": operation.scope,
    "x-kind": operation.kind,
    // By the scope that the token needs; or without one, where only this machine can come in.
    security: [{ token: [operation.scope] }, {}],
    parameters,
    ...(operation.method === "GET" || operation.method === "DELETE" ? {} : { requestBody: requestBody(operation, fields) }),
    responses: { "200": success(operation), default: { $ref: "#/components/responses/Error" } },
  };
}

function requestBody(operation: Operation, fields: ReturnType<typeof fieldsOf>): object {
  const item = operation.body === "events" ? { $ref: "#/components/schemas/Event" } : {};
  if (itemsField(operation) !== undefined) {
    return {
      required: true,
      content: {
        "application/json": { schema: { oneOf: [item, { type: "array", items: item }] } },
        "application/x-ndjson": { schema: { type: "string", description: "one JSON value a line" } },
      },
    };
  }
  if (operation.body === "bytes")
    return { required: false, content: { "application/x-ndjson": { schema: { type: "string", description: "a piece of the output" } } } };
  const own = fields.filter(({ where }) => where === "body");
  const schema = {
    type: "object",
    properties: Object.fromEntries(own.map(({ name, schema }) => [name, schema])),
    required: own.filter((field) => field.isRequired).map((field) => field.name),
  };
  return { required: schema.required.length > 0, content: { "application/json": { schema } } };
}

function success(operation: Operation): object {
  if (operation.reply === "empty") return { description: "Taken. The body is empty." };
  if (operation.reply === "maybe") return { description: "Taken. The body is empty, or what the hook is to say." };
  if (operation.reply === "text") return { description: "The text.", content: { "text/plain": { schema: { type: "string" } } } };
  return { description: "The answer.", content: { "application/json": { schema: jsonSchema(operation.output, "output") } } };
}

const errorSchema = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["code", "message", "retry"],
      properties: {
        code: { enum: Object.keys(errorTable) },
        message: { type: "string" },
        retry: { enum: ["never", "later", "now"] },
        details: { type: "object" },
      },
    },
  },
};

const token = {
  type: "http",
  scheme: "bearer",
  description:
    "Made by `orrery token create`. Needed where the daemon listens beyond its machine; who sends one is held to its scope everywhere.",
};

const errorResponse = {
  description: "What went wrong, with the status of its code. `retry` says whether sending the same again can help.",
  content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
};

function eventSchema(): object {
  const types = eventTypes.map((event) => ({ $ref: `#/components/schemas/${event.type}` }));
  return { anyOf: [...types, { ...jsonSchema(Envelope, "input"), description: "An event of your own: x.<name>.<verb> with any data." }] };
}

function eventSchemas(): Record<string, object> {
  return Object.fromEntries(
    eventTypes.map((event) => {
      const envelope = jsonSchema(Envelope, "input");
      const properties = { ...envelope.properties, type: { const: event.type }, data: jsonSchema(event.data, "input") };
      return [event.type, { ...envelope, properties, required: [...(envelope.required ?? []), "data"], examples: [exampleOf(event)] }];
    }),
  );
}

/** A whole event of this type, ready to send. */
export function exampleOf(event: (typeof eventTypes)[number]): object {
  return {
    id: `example:${event.type}`,
    type: event.type,
    timestamp: "2026-11-20T09:46:24.031Z",
    source: "my-agent/api",
    session_id: "ses_9f",
    agent_id: "agt_main",
    data: event.example,
  };
}
