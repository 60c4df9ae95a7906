import type { StoredEvent } from "../contract/events/index.ts";
import { imageType } from "../lib/images.ts";
import { MAIN_AGENT } from "../contract/ids.ts";
import type { FoundKind } from "../contract/operations/catalog.ts";
import { isBodyRef } from "../contract/text.ts";
import { textHash } from "../lib/text-hash.ts";

/** What an event lets be found. Tellings of the same thing have one `id`; the one with more words counts. */
export interface Document {
  readonly kind: FoundKind;
  readonly id: string;
  readonly agent: string;
  readonly title: string;
  readonly body: string;
  readonly tool?: string;
  readonly outcome?: string;
}

/** Characters of one text that can be found; what stands behind them is read, not searched. */
const MAX_CHARS = 8_000;
const MAX_DEPTH = 8;
const bad: ReadonlySet<string> = new Set(["error", "timeout", "invalid", "denied"]);

export function documentsOf(event: StoredEvent): readonly Document[] {
  const agent = event.agent_id ?? MAIN_AGENT;
  switch (event.type) {
    case "session.started":
    case "session.updated": {
      const { title, project, cwd, git_branch, model } = event.data;
      if (title === undefined && project === undefined) return [];
      return [{ kind: "session", id: "session", agent, title: title ?? project ?? "", body: words([project, cwd, git_branch, model]) }];
    }
    case "turn.started": {
      const body = words([event.data.prompt]);
      return body === "" ? [] : [message(agent, "user", body)];
    }
    case "message.added": {
      const body = words(event.data.parts.map((part) => part.text));
      return body === "" ? [] : [message(agent, event.data.role, body)];
    }
    case "tool.started": {
      const { call_id, name, title, input, paths } = event.data;
      const call: Document = { kind: "call", id: call_id, agent, title: words([name, title]), body: words([input]), tool: name };
      return [
        call,
        ...(paths ?? []).map((path): Document => ({ kind: "file", id: path, agent, title: path, body: split(path), tool: name })),
      ];
    }
    case "tool.ended": {
      const { call_id, name = "", output, error, outcome } = event.data;
      const body = words([error, output]);
      const ended: Document = { kind: "call", id: call_id, agent, title: name, body, outcome, ...(name === "" ? {} : { tool: name }) };
      if (!bad.has(outcome)) return [ended];
      return [
        ended,
        { kind: "error", id: call_id, agent, title: words([name, outcome]), body, outcome, ...(name === "" ? {} : { tool: name }) },
      ];
    }
    case "model.failed": {
      const { class: kind, message: text, status } = event.data;
      return [{ kind: "error", id: event.id, agent, title: words(["model request", kind, status]), body: words([text]), outcome: "error" }];
    }
    case "agent.spawned":
    case "agent.ended": {
      const body =
        event.type === "agent.spawned" ? words([event.data.name, event.data.agent_type, event.data.task]) : words([event.data.summary]);
      return body === "" ? [] : [message(agent, event.type === "agent.spawned" ? "task" : "assistant", body)];
    }
    default:
      return [];
  }
}

/** Sources give one message different ids: the same words in the same role are one. */
function message(agent: string, role: string, body: string): Document {
  return { kind: "message", id: `${agent} ${role} ${textHash(body)}`, agent, title: role, body };
}

/** Every string in a value, one after another. */
function words(values: readonly unknown[]): string {
  let text = "";
  const add = (value: unknown, depth: number): void => {
    if (text.length >= MAX_CHARS || value === undefined || value === null || depth > MAX_DEPTH) return;
    if (typeof value === "string" && imageType(value) !== undefined) return;
    if (typeof value === "string") text += text === "" ? value : `\n${value}`;
    else if (typeof value === "number") text += ` ${value}`;
    else if (isBodyRef(value)) add(value.body.preview, depth);
    else if (typeof value === "object") for (const field of Object.values(value)) add(field, depth + 1);
  };
  for (const value of values) add(value, 0);
  return text.slice(0, MAX_CHARS).trim();
}

/** A path can be found by its parts, and by the words in a camel-cased name. */
function split(path: string): string {
  return path.replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2").replaceAll(/[-_.]/g, " ");
}
