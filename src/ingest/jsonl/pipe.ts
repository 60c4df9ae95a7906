import { createAcp, type AcpState, type Direction } from "../../formats/acp/acp.ts";
import { createStream as createClaudeStream, type StreamState as ClaudeState } from "../../formats/claude/stream.ts";
import { createExec, type ExecState } from "../../formats/codex/exec.ts";
import { createStream, type StreamState as GeminiState } from "../../formats/gemini/stream.ts";
import { createKei, type KeiState } from "../../formats/kei/kei.ts";
import { translateMapped } from "../../formats/mapped/mapped.ts";
import type { Mapping } from "../../formats/mapped/mapping.ts";
import { createOpencode, type OpencodeState } from "../../formats/opencode/opencode.ts";
import type { Translation } from "../../formats/translation.ts";
import { toTimestamp } from "../../lib/clock.ts";
import { textHash } from "../../lib/text-hash.ts";
import { rejection, sampleOf, translated } from "../rejection.ts";
import type { RecordReader } from "./posted.ts";

interface Options {
  /** No other source of the same sessions is read: then calls and turns are told from here too. */
  readonly only: boolean;
  readonly mapping?: Mapping | undefined;
}

interface PipeFormat {
  readonly what: string;
  /** `saved` is the state of a reader of the same format, from which this one goes on. */
  readonly open: (options: Options, saved: unknown) => RecordReader<unknown>;
}

/** What can be read as the output of one process, line by line. */
export const pipeFormats: Readonly<Record<string, PipeFormat>> = {
  "claude-stream": {
    what: "claude -p --output-format stream-json --verbose",
    open: (_, saved) => createClaudeStream(saved as ClaudeState | undefined),
  },
  "codex-exec": { what: "codex exec --json", open: ({ only }, saved) => createExec({ only }, saved as ExecState | undefined) },
  "opencode-run": {
    what: "opencode run --format json",
    open: ({ only }, saved) => {
      const opencode = createOpencode({ only, ...(saved === undefined ? {} : { saved: saved as OpencodeState }) });
      return {
        translate: (record) => opencode.line(record),
        get state() {
          return opencode.state;
        },
      };
    },
  },
  "gemini-stream": { what: "gemini -o stream-json", open: (_, saved) => createStream(saved as GeminiState | undefined) },
  acp: { what: "Agent Client Protocol messages with their direction", open: ({ only }, saved) => acpLines(only, saved as AcpState) },
  kei: { what: "a kei agent-events file", open: (_, saved) => createKei(saved as KeiState | undefined) },
  mapped: {
    what: "JSONL of your own, with --map",
    open: ({ mapping }) => ({ translate: (record) => translateMapped(record, mapping!), state: undefined }),
  },
};

/** Where reading of an output stands. `reader` is what its translator had learnt by then; it may hold maps and share its parts. */
export interface PipeState {
  readonly lines: number;
  readonly lastMs: number;
  readonly reader: unknown;
}

export interface Pipe {
  /** The events of one line, told with what is wrong with it; nothing for an empty one. */
  line(text: string, receivedMs: number): Translation;
  readonly state: PipeState;
}

/** Reads lines as they come out of a process. Most have no time: then it is when they came. */
export function createPipe(format: string, options: Options, saved: PipeState = { lines: 0, lastMs: 0, reader: undefined }): Pipe {
  const reader = pipeFormats[format]!.open(options, saved.reader);
  let number = saved.lines;
  let lastMs = saved.lastMs;
  return {
    get state() {
      return { lines: number, lastMs, reader: reader.state };
    },
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
        translated(() => reader.translate(record, at)),
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
function acpLines(only: boolean, saved: AcpState | undefined): RecordReader<AcpState> {
  const acp = createAcp({ only }, saved);
  return { translate, state: acp.state };

  function translate(record: unknown, receivedAt: string): Translation {
    const line = Object(record) as { direction?: unknown; dir?: unknown; message?: unknown; msg?: unknown; t?: unknown };
    const direction = directions.get(line.direction ?? line.dir);
    if (direction === undefined) return { events: [], problem: "no direction: to_agent or to_client" };
    const isTime = typeof line.t === "number" && line.t > 0 && line.t < 253_402_300_800_000;
    return acp.translate(line.message ?? line.msg, direction, isTime ? toTimestamp(line.t as number) : receivedAt);
  }
}
