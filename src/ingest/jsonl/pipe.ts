import { createAcp, type Direction } from "../../formats/acp/acp.ts";
import { createStream as createClaudeStream } from "../../formats/claude/stream.ts";
import { createExec } from "../../formats/codex/exec.ts";
import { createStream } from "../../formats/gemini/stream.ts";
import { createKei } from "../../formats/kei/kei.ts";
import { translateMapped } from "../../formats/mapped/mapped.ts";
import type { Mapping } from "../../formats/mapped/mapping.ts";
import { createOpencode } from "../../formats/opencode/opencode.ts";
import type { Translation } from "../../formats/translation.ts";
import { toTimestamp } from "../../lib/clock.ts";
import { textHash } from "../../lib/text-hash.ts";
import { rejection, sampleOf, translated } from "../rejection.ts";

interface Options {
  /** No other source of the same sessions is read: then calls and turns are told from here too. */
  readonly only: boolean;
  readonly mapping?: Mapping | undefined;
}

type Translate = (record: unknown, receivedAt: string) => Translation;

/** What can be piped into `orrery ingest`: the output of one process each, line by line. */
export const pipeFormats: Readonly<Record<string, { readonly what: string; readonly open: (options: Options) => Translate }>> = {
  "claude-stream": { what: "claude -p --output-format stream-json --verbose", open: createClaudeStream },
  "codex-exec": { what: "codex exec --json", open: ({ only }) => createExec({ only }).translate },
  "opencode-run": {
    what: "opencode run --format json",
    open: ({ only }) => {
      const opencode = createOpencode({ only });
      return (record) => opencode.line(record);
    },
  },
  "gemini-stream": { what: "gemini -o stream-json", open: () => createStream().translate },
  acp: { what: "Agent Client Protocol messages with their direction", open: ({ only }) => acpLines(only) },
  kei: { what: "a kei agent-events file", open: () => createKei().translate },
  mapped: {
    what: "JSONL of your own, with --map",
    open:
      ({ mapping }) =>
      (record) =>
        translateMapped(record, mapping!),
  },
};

export interface Pipe {
  /** The events of one line, told with what is wrong with it; nothing for an empty one. */
  line(text: string, receivedMs: number): Translation;
}

/** Reads lines as they come out of a process. Most have no time: then it is when they came. */
export function createPipe(format: string, options: Options): Pipe {
  const translate = pipeFormats[format]!.open(options);
  let number = 0;
  let lastMs = 0;
  return {
    line(text, receivedMs) {
      number++;
      if (text.trim() === "") return { events: [] };
      // Two lines of one millisecond keep their order.
      lastMs = Math.max(receivedMs, lastMs + 1);
      const at = toTimestamp(lastMs);
      let record: unknown;
      try {
        record = JSON.parse(text);
      } catch (error) {
        return told({ events: [], problem: `not JSON: ${(error as Error).message}` }, text, at);
      }
      return told(
        translated(() => translate(record, at)),
        sampleOf(record),
        at,
      );
    },
  };

  function told({ events, problem }: Translation, sample: string, at: string): Translation {
    if (problem === undefined) return { events };
    const key = `${at} ${number} ${textHash(sample)}`;
    return { events: [...events, rejection({ format, reason: `line ${number}: ${problem}`, sample, key, at })], problem };
  }
}

const directions: ReadonlyMap<unknown, Direction> = new Map([
  ["to_agent", "to_agent"],
  ["client->agent", "to_agent"],
  ["to_client", "to_client"],
  ["agent->client", "to_client"],
]);

/** A bare message does not say who sent it: each line is `{"direction": "to_agent" | "to_client", "message": {...}, "t"?: milliseconds}`. */
function acpLines(only: boolean): Translate {
  const acp = createAcp({ only });
  return (record, receivedAt) => {
    const line = Object(record) as { direction?: unknown; dir?: unknown; message?: unknown; msg?: unknown; t?: unknown };
    const direction = directions.get(line.direction ?? line.dir);
    if (direction === undefined) return { events: [], problem: "no direction: to_agent or to_client" };
    const isTime = typeof line.t === "number" && line.t > 0 && line.t < 253_402_300_800_000;
    return acp.translate(line.message ?? line.msg, direction, isTime ? toTimestamp(line.t as number) : receivedAt);
  };
}
