import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fresh } from "./hook-bodies.ts";
import { root } from "./processes.ts";

const recordings = join(root, "test/fixtures/claude-code");

/**
 * A Claude Code config folder of about `bytes` of transcripts: the recordings, each copy with ids of its own. A recorded session is
 * short; with `repeats` each is as long as so many of them, one after another under one session id.
 */
export function writeTranscripts(
  folder: string,
  bytes: number,
  repeats = 1,
): { readonly files: readonly string[]; readonly bytes: number } {
  const sources = recordedTranscripts();
  const files: string[] = [];
  let written = 0;
  for (let copy = 0; written < bytes; copy++) {
    const passes = Array.from({ length: repeats }, (_, repeat) => (0xa000_0000 + copy * repeats + repeat).toString(16));
    for (const { path, session, text } of sources) {
      const target = join(folder, "projects", `-home-dev-project-${copy % 40}`, fresh(path, passes[0]!));
      mkdirSync(dirname(target), { recursive: true });
      const isMain = !path.includes("/");
      const parts = (isMain ? passes : passes.slice(0, 1)).map((pass) =>
        fresh(text, pass).replaceAll(fresh(session, pass), fresh(session, passes[0]!)),
      );
      const content = parts.join("");
      writeFileSync(target, content);
      written += content.length;
      if (target.endsWith(".jsonl")) files.push(target);
    }
  }
  return { files, bytes: written };
}

/** Each recorded file under the name that the agent gave it: `<session>.jsonl`, `<session>/subagents/agent-<id>.jsonl`. */
function recordedTranscripts(): { readonly path: string; readonly session: string; readonly text: string }[] {
  return readdirSync(recordings, { recursive: true, encoding: "utf8" })
    .toSorted()
    .filter((path) => /transcript(?:\.\d)?\.jsonl$|subagents\/agent-/.test(path))
    .map((path) => {
      const text = readFileSync(join(recordings, path), "utf8");
      if (!path.includes("/subagents/")) return { path: `${sessionOf(text)}.jsonl`, session: sessionOf(text), text };
      const scenario = join(recordings, path.split("/subagents/")[0]!);
      const session = sessionOf(readFileSync(join(scenario, "transcript.jsonl"), "utf8"));
      return { path: join(session, "subagents", path.split("/subagents/")[1]!), session, text };
    });
}

function sessionOf(text: string): string {
  const id = /"sessionId":"([^"]+)"/.exec(text)?.[1];
  if (id === undefined) throw new Error("a recorded transcript names no session");
  return id;
}
