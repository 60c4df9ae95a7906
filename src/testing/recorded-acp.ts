import type { EventDraft } from "../contract/events/index.ts";
import { foreignId } from "../contract/ids.ts";
import { createAcp } from "../formats/acp/acp.ts";
import type { Translation } from "../formats/translation.ts";
import { toTimestamp } from "../lib/clock.ts";
import type { ClientReading } from "./recorded-client.ts";
import { hasRecording, readLines, readTruth, type ClientTruth, type Expected } from "./truth-clients.ts";

interface Frame {
  readonly dir: "client->agent" | "agent->client";
  readonly t: number;
  readonly msg: { readonly params?: { readonly update?: { readonly sessionUpdate: string; readonly messageId?: string } } };
}

export function readFrames(folder: string, { only }: { readonly only: boolean }): Translation[] {
  const acp = createAcp({ only });
  return (readLines(`${folder}/acp.jsonl`) as Frame[]).map(({ dir, t, msg }) =>
    acp.translate(msg, dir === "client->agent" ? "to_agent" : "to_client", toTimestamp(t)),
  );
}

export const acp: ClientReading<"acp"> = {
  sourcesOf: (folder) => (hasRecording(`${folder}/acp.jsonl`) ? ["acp"] : []),
  read: (folder) => readFrames(folder, { only: true }),

  truthOf(folder, events) {
    const named = namedAnswers(folder);
    return withNames(withAgents(readTruth(folder), events), named);
  },

  sees(folder): Expected {
    const { client, unseen_by } = readTruth(folder);
    const unseen = unseen_by["acp"] ?? [];
    const named = namedAnswers(folder);
    const requests = (request: Readonly<Record<string, unknown>>) => named.has(request["id"]);
    const callFields = ["name", "agent", "outcome", "client_status"] as const;
    const withExit = [...callFields, "exit_code"] as const;
    const agentFields = ["parent", "call", "agent_type", "outcome"] as const;
    if (client.startsWith("codex")) return { callFields: withExit, requests: () => false };
    if (client.startsWith("gemini"))
      // Nothing in the messages says that the command failed: it counts as ok, by inference.
      return { callFields, requests: () => false, outcome: (call) => (call["title"] === "exit 3" ? "ok" : call["outcome"]) };
    if (client.startsWith("opencode"))
      return { agentFields: [...agentFields, "background"], callFields: withExit, requests, requestFields: ["id", "agent"] };
    // Subagents without sessions of their own; a notification's words are not in the messages.
    if (unseen.some((text) => text.includes("depth-2 subagents")))
      return {
        agentFields: ["parent", "call", "agent_type", "background"],
        callFields,
        turnFields: ["origin", "agent"],
        requests,
        requestFields: ["id", "agent", "model"],
      };
    const hasSubagents = unseen.includes("per-subagent tokens");
    return { agentFields, callFields, requests, requestFields: ["id", "agent", ...(hasSubagents ? [] : (["model"] as const))] };
  },
};

/** Requests have a name only where an answer has words: one that only calls tools has none. */
function namedAnswers(folder: string): ReadonlySet<unknown> {
  const updates = (readLines(`${folder}/acp.jsonl`) as Frame[]).map(({ msg }) => msg.params?.update);
  return new Set(updates.flatMap((update) => (update?.sessionUpdate === "agent_message_chunk" ? [update.messageId] : [])));
}

/** The truth leaves requests of opencode without a name, though the ids of its answers are those of its requests. */
function withNames(truth: ClientTruth, named: ReadonlySet<unknown>): ClientTruth {
  const ids = [...named].filter((id) => !truth.requests.some((request) => request["id"] === id));
  const requests = truth.requests.map((request) =>
    request["id"] === null && request["agent_id"] === "main" ? { ...request, id: ids.shift() ?? null } : request,
  );
  return { ...truth, requests };
}

/** Where a recording was thought to hold no id of an agent, its truth names the call that began it; the call's answer has the id. */
function withAgents(truth: ClientTruth, events: readonly EventDraft[]): ClientTruth {
  let text = JSON.stringify(truth);
  for (const event of events)
    if (event.type === "agent.spawned" && event.data.call_id !== undefined && event.agent_id !== undefined)
      text = text.replaceAll(`"agent of ${foreignId(event.data.call_id)}"`, JSON.stringify(foreignId(event.agent_id)));
  return JSON.parse(text) as ClientTruth;
}
