import type { CallToolResult } from "@modelcontextprotocol/server";
import type { OrreryError } from "../contract/errors.ts";
import type { OperationTool } from "./tools.ts";

/** What a tool answers: the operation's answer as data, and the same as text for clients that show no data. */
export function toAnswer({ operation }: OperationTool, output: unknown): CallToolResult {
  if (operation.reply === "text") return { content: [{ type: "text", text: String(output) }] };
  const data = JSON.parse(JSON.stringify(output ?? {})) as Record<string, unknown>;
  const next = isUndecided(operation.name, data)
    ? [{ type: "text" as const, text: `Nobody has decided yet. Call wait_for_ask with ask_id ${String(data["ask_id"])}.` }]
    : [];
  return { content: [{ type: "text", text: JSON.stringify(data) }, ...next], structuredContent: data };
}

/** A failed operation: the model reads it and can do something about it, so it is an answer and no error of the protocol. */
export function toFailure(error: OrreryError): CallToolResult {
  const body = error.toBody();
  return {
    isError: true,
    content: [{ type: "text", text: `${body.code}: ${body.message}\n${nextStep(error)}` }],
    _meta: { "orrery/error": body },
  };
}

function isUndecided(operation: string, data: Readonly<Record<string, unknown>>): boolean {
  return (operation === "asks.create" || operation === "asks.wait") && data["state"] === "open";
}

/** The tool that lists things of a kind. */
const listing: Readonly<Record<string, string>> = {
  session: "list_sessions",
  ask: "list_asks",
  call: "list_calls",
  ticket: "list_tickets",
};

function nextStep(error: OrreryError): string {
  const { retry } = error.toBody();
  if (retry === "now") return "Call it again.";
  if (retry === "later") return "Wait a few seconds, then call it again.";
  const list = error.code === "NOT_FOUND" ? listing[String(error.params["what"])] : undefined;
  if (list !== undefined) return `Call ${list} for those there are.`;
  return error.code === "BAD_INPUT" ? "Mend the input, then call it again." : "Calling it again with the same input will not help.";
}
