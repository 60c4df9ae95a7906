import { createChat } from "../formats/gemini/chat.ts";
import { createHooks } from "../formats/gemini/hook.ts";
import { callContent, keyOf } from "../formats/gemini/occurrences.ts";
import { createStream } from "../formats/gemini/stream.ts";
import { textHash } from "../lib/text-hash.ts";
import type { ClientReading } from "./recorded-client.ts";
import { hasRecording, readLines } from "./truth-clients.ts";

const files = { hooks: "hooks.jsonl", transcript: "chat.jsonl", stream: "stream.jsonl" } as const;
type Source = keyof typeof files;

export const gemini: ClientReading<Source> = {
  sourcesOf: (folder) => (Object.keys(files) as Source[]).filter((source) => hasRecording(`${folder}/${files[source]}`)),

  read(folder, sources) {
    const readers = { hooks: createHooks(), transcript: createChat(), stream: createStream() };
    return sources.flatMap((source) =>
      readLines(`${folder}/${files[source]}`).map((line) =>
        readers[source].translate(source === "hooks" ? (line as { readonly payload: unknown }).payload : line),
      ),
    );
  },

  /** Commands name their exit code in their words in all sources. */
  sees(folder, sources) {
    const keys = callKeys(folder);
    const hasChat = sources.includes("transcript");
    return {
      findCall: (real, found) => found.find((call) => call.call_id.endsWith(`:${keys.get(String(real["call_id"]))}`)),
      callFields: ["name", "agent", "outcome", "exit_code", ...(hasChat || sources.includes("stream") ? (["client_status"] as const) : [])],
      ...(hasChat || sources.includes("hooks") ? {} : { requests: () => false }),
      requestFields: ["model", "agent", ...(hasChat ? (["tokens"] as const) : [])],
    };
  },
};

type ToolUse = { readonly type: string; readonly tool_id: string; readonly tool_name: string; readonly parameters: unknown };
type ChatLine = { readonly toolCalls?: readonly { readonly id: string; readonly name: string; readonly args: unknown }[] };

/** No id of a call is in all sources: its key is its content, and which of its equals it is. */
function callKeys(folder: string): ReadonlyMap<string, string> {
  const calls = hasRecording(`${folder}/${files.stream}`)
    ? (readLines(`${folder}/${files.stream}`) as ToolUse[]).flatMap((line) =>
        line.type === "tool_use" ? [{ id: line.tool_id, name: line.tool_name, args: line.parameters }] : [],
      )
    : hasRecording(`${folder}/${files.transcript}`)
      ? (readLines(`${folder}/${files.transcript}`) as ChatLine[]).flatMap(({ toolCalls = [] }) => toolCalls)
      : [];
  const met = new Map<string, number>();
  return new Map(
    [...new Map(calls.map((call) => [call.id, call])).values()].map(({ id, name, args }) => {
      const content = textHash(callContent(name, args));
      const before = met.get(content) ?? 0;
      met.set(content, before + 1);
      return [id, keyOf(content, before)];
    }),
  );
}
