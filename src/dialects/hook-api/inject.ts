import { OrreryError } from "../../contract/errors.ts";
import { foreignId, toId } from "../../contract/ids.ts";
import type { Caller } from "../../contract/operations/index.ts";
import { isOver } from "../../projections/ended.ts";
import type { Picture } from "../picture.ts";
import { badInput } from "./body.ts";

type Told = Readonly<Record<string, unknown>>;
interface Named {
  readonly path: string;
  readonly text?: string;
}

/**
 * Words, files and skeletons for an agent, by any of the names that a client may have for them. A file without text is read from the session's
 * folder; a skeleton always comes with its text, as nothing here makes one.
 */
export async function injectContext(picture: Picture, told: Told, caller: Caller): Promise<object> {
  const words = [told["text"], told["content"], told["context"], told["prompt"]].filter((each) => typeof each === "string");
  const files = [
    ...namedFiles(told["files"] ?? told["file"] ?? told["paths"] ?? told["path"], "files"),
    ...namedFiles(told["skeletons"] ?? told["skeleton"], "skeletons").map(({ path, text }) => {
      if (text === undefined) throw badInput("skeletons", `must be objects with path and text: no skeleton of ${path} is made here`);
      return { path, text };
    }),
  ];
  const worker = told["worker_id"] ?? told["agent_id"];
  const injection = await picture.handlers["context.inject"](
    {
      session_id: sessionIdIn(told) ?? onlySession(picture),
      ...(typeof worker === "string" && worker !== "" ? { agent_id: toId("agt", worker.replace(/^agt_/, "")) } : {}),
      ...(words.length === 0 ? {} : { text: words.join("\n\n") }),
      ...(files.length === 0 ? {} : { files }),
    },
    caller,
  );
  const { injection_id, session_id, agent_id, text, files: read = [] } = injection;
  return {
    status: "queued",
    injection_id,
    session_id: foreignId(session_id),
    worker_id: foreignId(agent_id),
    chars: text.length,
    files: read,
  };
}

export function sessionIdIn(told: Told): string | undefined {
  const named = told["session_id"] ?? told["session"];
  return typeof named === "string" && named !== "" ? toId("ses", named.replace(/^ses_/, "")) : undefined;
}

function onlySession({ sessions }: Picture): string {
  const open = sessions().filter((session) => !isOver(session));
  if (open.length === 1) return open[0]!.session_id;
  if (open.length === 0) throw new OrreryError("CANNOT_INJECT", { session_id: "(none)", reason: "no session is at work" });
  throw badInput("session_id", `must name one of those at work: ${open.map(({ session_id }) => foreignId(session_id)).join(", ")}`);
}

function namedFiles(value: unknown, field: string): Named[] {
  if (value === undefined || value === null) return [];
  return [value].flat().map((each) => {
    if (typeof each === "string" && each !== "") return { path: each };
    const { path, name, text, content, skeleton } = Object(each) as Told;
    const said = [text, content, skeleton].find((words) => typeof words === "string") as string | undefined;
    const at = [path, name].find((words) => typeof words === "string" && words !== "") as string | undefined;
    if (at === undefined) throw badInput(field, "must be paths, or objects with path and text");
    return { path: at, ...(said === undefined ? {} : { text: said }) };
  });
}
