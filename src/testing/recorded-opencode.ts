import { join } from "node:path";
import { createOpencode } from "../formats/opencode/opencode.ts";
import type { Translation } from "../formats/translation.ts";
import { toTimestamp } from "../lib/clock.ts";
import { filesOf, type ClientReading } from "./recorded-client.ts";
import { hasRecording, readLines, readWhole, type Expected } from "./truth-clients.ts";

type EventLine = { readonly t: number; readonly event: unknown };
type HttpLine = { readonly t: number; readonly method: string; readonly path: string; readonly response: unknown };
const LATER = toTimestamp(1_795_170_000_000);

const callFields = ["name", "agent", "outcome", "exit_code", "request", "client_status"] as const;
const agentFields = ["parent", "call", "agent_type", "background", "outcome"] as const;
const isMain = (real: Readonly<Record<string, unknown>>) => real["agent_id"] === "main";

/** Each source is read as on its own: two of them do not share what they learnt. */
export const opencode: ClientReading<"events" | "http" | "stream" | "export"> = {
  sourcesOf: (folder) => [
    ...(hasRecording(`${folder}/events.jsonl`) ? (["events"] as const) : []),
    ...(hasRecording(`${folder}/http.jsonl`) ? (["http"] as const) : []),
    ...(filesOf(folder, /^run.*\.jsonl$/).length > 0 ? (["stream"] as const) : []),
    ...(hasRecording(`${folder}/export.json`) ? (["export"] as const) : []),
  ],

  read(folder, sources) {
    const told: Translation[] = [];
    if (sources.includes("events")) {
      const live = createOpencode();
      for (const { t, event } of readLines(`${folder}/events.jsonl`) as EventLine[]) told.push(live.event(event, toTimestamp(t)));
    }
    if (sources.includes("http")) {
      const lists = createOpencode();
      for (const { t, method, path, response } of readLines(`${folder}/http.jsonl`) as HttpLine[])
        if (path.endsWith("/message") && method === "GET") told.push(lists.messages(response, toTimestamp(t)));
        else if (path === "/session" || path.endsWith("/children")) told.push(lists.sessions(response, toTimestamp(t)));
    }
    if (sources.includes("stream"))
      for (const file of filesOf(folder, /^run.*\.jsonl$/)) {
        const run = createOpencode({ only: sources.length === 1 });
        told.push(...readLines(join(folder, file)).map(run.line));
      }
    if (sources.includes("export")) told.push(createOpencode().messages(readWhole(`${folder}/export.json`), LATER));
    return told;
  },

  sees(_, sources): Expected {
    if (sources.includes("events")) return { agentFields, callFields, turnFields: ["id", "origin", "prompt", "agent"] };
    // The command line's own quotes are part of the prompt in the export.
    if (sources.includes("export")) return { callFields, turnFields: ["id", "origin", "agent"] };
    if (sources.includes("http"))
      return {
        agentFields,
        callFields,
        calls: isMain,
        turns: isMain,
        turnFields: ["id", "origin", "prompt", "agent"],
        requests: isMain,
        asks: () => false,
      };
    return { agentFields, callFields, turnFields: ["origin", "agent"], requestFields: ["id", "agent", "tokens"] };
  },
};
