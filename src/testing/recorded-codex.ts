import { join } from "node:path";
import { createExec } from "../formats/codex/exec.ts";
import { translateHook } from "../formats/codex/hook.ts";
import { createRollout } from "../formats/codex/rollout.ts";
import { toTimestamp } from "../lib/clock.ts";
import { filesOf, type ClientReading } from "./recorded-client.ts";
import { hasRecording, readLines } from "./truth-clients.ts";

type HookLine = { readonly t: number; readonly payload: unknown };
const RUN_MS = 30_000;
const SOME_DAY_MS = 1_795_169_700_000;

export const codex: ClientReading<"hooks" | "transcript" | "stream"> = {
  sourcesOf: (folder) => [
    ...(hasRecording(`${folder}/hooks.jsonl`) ? (["hooks"] as const) : []),
    ...(filesOf(folder, /^rollout.*\.jsonl$/).length > 0 ? (["transcript"] as const) : []),
    ...(filesOf(folder, /^exec.*\.jsonl$/).length > 0 ? (["stream"] as const) : []),
  ],

  read(folder, sources) {
    const hooks = hasRecording(`${folder}/hooks.jsonl`) ? (readLines(`${folder}/hooks.jsonl`) as HookLine[]) : [];
    const told = sources.includes("hooks") ? hooks.map(({ t, payload }) => translateHook(payload, toTimestamp(t))) : [];
    if (sources.includes("transcript"))
      for (const file of filesOf(folder, /^rollout.*\.jsonl$/)) told.push(...readLines(join(folder, file)).map(createRollout().translate));
    if (!sources.includes("stream")) return told;
    // The output has no times; the hooks of the same process tell when it ran.
    const startMs = hooks[0]?.t ?? SOME_DAY_MS;
    for (const [run, file] of filesOf(folder, /^exec.*\.jsonl$/).entries()) {
      const exec = createExec({ only: sources.length === 1 });
      for (const [index, line] of readLines(join(folder, file)).entries())
        told.push(exec.translate(line, toTimestamp(startMs + run * RUN_MS + index * 10)));
    }
    return told;
  },

  sees(_, sources) {
    if (sources.includes("transcript"))
      return {
        agentFields: ["parent", "call", "agent_type", "background", "outcome"],
        callFields: ["name", "agent", "outcome", "exit_code"],
        turnFields: ["id", "origin", "prompt", "agent"],
      };
    if (sources.includes("hooks"))
      return {
        agentFields: ["parent", "agent_type", "outcome"],
        calls: (call) => (call["in"] as string[]).includes("hooks"),
        // There is no exit code in a hook: what ran counts as ok, by inference.
        outcome: (call) => (call["outcome"] === "error" ? "ok" : call["outcome"]),
        turnFields: ["id", "origin", "agent"],
        requests: () => false,
      };
    return {
      agents: (agent) => agent["agent_id"] === "main",
      calls: (call) => (call["in"] as string[]).includes("stream"),
      findCall: (call, found) => found.find((each) => each.call_id.endsWith(`:${String(call["stream_item"]).split(" ")[0]}`)),
      callFields: ["agent", "outcome", "exit_code"],
      turns: (turn) => turn["agent_id"] === "main",
      turnFields: ["origin", "agent"],
      requests: () => false,
    };
  },
};
