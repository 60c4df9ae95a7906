import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fresh } from "./hook-bodies.ts";
import { root } from "./processes.ts";

const recordings = join(root, "test/fixtures/claude-code");

/** A Claude Code config folder of about `bytes` of transcripts: the recordings, each copy with ids of its own. */
export function writeTranscripts(folder: string, bytes: number): { readonly files: readonly string[]; readonly bytes: number } {
  const sources = recordedTranscripts();
  const files: string[] = [];
  let written = 0;
  for (let copy = 0; written < bytes; copy++) {
    const pass = (0xa000_0000 + copy).toString(16);
    for (const { path, text } of sources) {
      const target = join(folder, "projects", `-home-dev-project-${copy % 40}`, fresh(path, pass));
      mkdirSync(dirname(target), { recursive: true });
      const content = fresh(text, pass);
      writeFileSync(target, content);
      written += content.length;
      if (target.endsWith(".jsonl")) files.push(target);
    }
  }
  return { files, bytes: written };
}

/** Each recorded file under the name that the agent gave it: `<session>.jsonl`, `<session>/subagents/agent-<id>.jsonl`. */
function recordedTranscripts(): { readonly path: string; readonly text: string }[] {
  return readdirSync(recordings, { recursive: true, encoding: "utf8" })
    .toSorted()
    .filter((path) => /transcript(?:\.\d)?\.jsonl$|subagents\/agent-/.test(path))
    .map((path) => {
      const text = readFileSync(join(recordings, path), "utf8");
      if (!path.includes("/subagents/")) return { path: `${sessionOf(text)}.jsonl`, text };
      const scenario = join(recordings, path.split("/subagents/")[0]!);
      const session = sessionOf(readFileSync(join(scenario, "transcript.jsonl"), "utf8"));
      return { path: join(session, "subagents", path.split("/subagents/")[1]!), text };
    });
}

function sessionOf(text: string): string {
  const id = /"sessionId":"([^"]+)"/.exec(text)?.[1];
  if (id === undefined) throw new Error("a recorded transcript names no session");
  return id;
}
