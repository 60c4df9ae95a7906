import type { EventOf } from "../../contract/events/index.ts";
import { previewOf, Text } from "../../contract/text.ts";
import type { Session } from "../../projections/session.ts";

/** Files that agents read at every start: their programs' own, and those of Claude MPM. */
const memoryFile = /(?:^|[/\\])(?:CLAUDE(?:\.local)?|AGENTS|GEMINI|MEMORY)\.md$|[/\\]memor(?:y|ies)[/\\][^/\\]+\.md$/;
const MAX_CONTENT = 4_000;

/** What a call wrote into a memory file. Which template or kind of learning it was nobody tells: those stay `null`. */
export function memoryWritten(
  { data }: EventOf<"tool.ended">,
  session: Session | undefined,
): readonly { readonly type: string; readonly data: object }[] {
  const call = session?.calls.map.get(data.call_id);
  const input = Object(data.input) as Readonly<Record<string, unknown>>;
  const path = call?.paths?.find((each) => memoryFile.test(each)) ?? "";
  if (data.outcome !== "ok" || call?.kind !== "edit" || path === "") return [];
  if ((Object(data.output) as { type?: unknown }).type === "create")
    return [{ type: "memory:created", data: { template_type: null, path } }];
  const written = Text.safeParse(input["new_string"] ?? input["content"]);
  const content = written.success ? previewOf(written.data).slice(0, MAX_CONTENT) : null;
  return [{ type: "memory:updated", data: { learning_type: null, content, section: null, path } }];
}
