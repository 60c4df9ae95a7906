import { deserialize, serialize } from "node:v8";
import { OrreryError } from "../../contract/errors.ts";
import type { EventDraft } from "../../contract/events/index.ts";
import { streamFormats, type StreamFormat } from "../../contract/operations/ingest.ts";
import type { InputFor, OutputFor } from "../../contract/operations/index.ts";
import { toTimestamp } from "../../lib/clock.ts";
import { appendApart } from "../append-apart.ts";
import { refusals, rejection } from "../rejection.ts";
import { createTally, doorSource, type Intake, type Source, type Tally } from "../source.ts";
import { createPipe, type Pipe, type PipeState } from "./pipe.ts";

export interface Streams {
  /** One per format. */
  readonly sources: readonly Source[];
  readonly handle: (input: InputFor<"ingest.stream">) => Promise<OutputFor<"ingest.stream">>;
}

/** One process whose output is posted piece by piece. */
interface Run {
  readonly only: boolean;
  readonly pipe: Pipe;
  /** Bytes taken so far, the unfinished line among them. */
  readonly offset: number;
  readonly rest: Buffer;
  /** The line that is being taken was too long: it is told, and passed over up to its end. */
  readonly isSkipping: boolean;
  readonly lastAtMs: number;
}

interface Saved extends Omit<Run, "pipe"> {
  readonly state: PipeState;
}

const PREFIX = "stream:";
const MAX_RUNS = 200;
const LONGEST_LINE = 32 * 1024 * 1024;
const NEWLINE = 0x0a;

/** What each format's records are called in the log. */
const sourceNames: Readonly<Record<StreamFormat, readonly [name: string, format: string]>> = {
  "claude-stream": ["claude-code stream-json", "claude-code/stream"],
  "codex-exec": ["codex exec", "codex/stream"],
  "opencode-run": ["opencode run", "opencode/run"],
  "gemini-stream": ["gemini stream-json", "gemini-cli/stream"],
  acp: ["acp", "acp/acp"],
  kei: ["kei output", "kei/other"],
};

/**
 * The output of processes, posted in pieces that may be cut anywhere. What a piece left unfinished and what its translator learnt are kept in
 * the log's notes, so that neither a restart of the daemon nor one of the sender loses a line or reads one twice.
 */
export function createStreams({ append, clock, notes }: Pick<Intake, "append" | "clock" | "notes">): Streams {
  const tallies = new Map(streamFormats.map((format) => [format, createTally(...sourceNames[format], clock)]));
  const arrived = new Set<StreamFormat>();
  const runs = new Map<string, Run>();
  /** What a piece says depends on those before it. */
  const lines = new Map<string, Promise<unknown>>();

  async function take(key: string, input: InputFor<"ingest.stream">): Promise<OutputFor<"ingest.stream">> {
    const run = runs.get(key) ?? opened(key, input);
    const fresh = freshBytes(input, run.offset);
    const { texts, rest, isTooLong } = cut(Buffer.concat([run.rest, fresh]), input.end === true);
    const isBroken = isTooLong && !run.isSkipping;
    // The end of a line that was passed over belongs to it.
    const whole = run.isSkipping ? texts.slice(1) : texts;
    const tally = tallies.get(input.format)!;
    tally.record(whole.length);
    arrived.add(input.format);
    const told = whole.map((text) => run.pipe.line(text, clock.now()));
    const refused = told.filter(({ problem }) => problem !== undefined).length + (isBroken ? 1 : 0);
    if (refused > 0) tally.rejected(refused);
    const drafts = [...told.flatMap(({ events }) => events), ...(isBroken ? [tooLong(input.format, key, run.offset)] : [])];
    const counts = await store(tally, drafts);
    const after: Run = {
      only: run.only,
      pipe: run.pipe,
      offset: run.offset + fresh.length,
      rest: isTooLong ? Buffer.alloc(0) : rest,
      isSkipping: isTooLong || (run.isSkipping && texts.length === 0),
      lastAtMs: clock.now(),
    };
    runs.set(key, after);
    await save(key, after);
    return { offset: after.offset, lines: whole.length, ...counts, rejected: refused };
  }

  async function store(tally: Tally, drafts: readonly EventDraft[]): Promise<{ stored: number; duplicates: number }> {
    if (drafts.length === 0) return { stored: 0, duplicates: 0 };
    const outcomes = await appendApart(append, drafts);
    tally.stored(drafts, outcomes, clock.now());
    const refused = refusals(drafts, outcomes);
    if (refused.length > 0) await append(refused);
    const duplicates = outcomes.filter((outcome) => "duplicate" in outcome && outcome.duplicate).length;
    return { stored: outcomes.length - refused.length - duplicates, duplicates };
  }

  function tooLong(format: StreamFormat, key: string, offset: number): EventDraft {
    const reason = `a line is longer than ${LONGEST_LINE} bytes`;
    return rejection({ format: sourceNames[format][1], reason, sample: "", key: `${key} ${offset}`, at: toTimestamp(clock.now()) });
  }

  function opened(key: string, { format, only = false }: InputFor<"ingest.stream">): Run {
    const saved = decoded(notes.get(key));
    if (saved === undefined)
      return { only, pipe: createPipe(format, { only }), offset: 0, rest: Buffer.alloc(0), isSkipping: false, lastAtMs: 0 };
    const { state, ...run } = saved;
    return { ...run, rest: Buffer.from(run.rest), pipe: createPipe(format, { only: run.only }, state) };
  }

  async function save(key: string, { pipe, ...run }: Run): Promise<void> {
    const isNew = notes.get(key) === undefined;
    notes.set(key, serialize({ ...run, state: pipe.state } satisfies Saved).toString("base64"));
    if (isNew) forgetOldest();
    // The sender counts on what it is answered.
    await notes.flush();
  }

  function forgetOldest(): void {
    const known = notes.list(PREFIX);
    if (known.length <= MAX_RUNS) return;
    const oldest = known.map(([key, note]) => ({ key, at: decoded(note)?.lastAtMs ?? 0 })).toSorted((a, b) => a.at - b.at);
    for (const { key } of oldest.slice(0, known.length - MAX_RUNS)) {
      notes.delete(key);
      runs.delete(key);
    }
  }

  return {
    sources: streamFormats.map((format) => doorSource(tallies.get(format)!, () => arrived.has(format))),
    handle(input) {
      const key = `${PREFIX}${input.format}:${input.run}`;
      const taken = (lines.get(key) ?? Promise.resolve()).then(() => take(key, input));
      const settled = taken.then(
        () => undefined,
        // What was not stored comes again: then it is read by a reader that does not know it.
        () => void runs.delete(key),
      );
      lines.set(key, settled);
      void settled.then(() => lines.get(key) === settled && lines.delete(key));
      return taken;
    },
  };
}

/** The bytes of a piece that were not taken before. @throws OrreryError BAD_INPUT when some between are missing */
function freshBytes({ text, base64, from }: InputFor<"ingest.stream">, offset: number): Buffer {
  const bytes = base64 === undefined ? Buffer.from(text ?? "") : Buffer.from(base64, "base64");
  if (from === undefined) return bytes;
  if (from > offset)
    throw new OrreryError("BAD_INPUT", { problems: [{ field: "from", message: `is past what was taken: send from ${offset}` }], offset });
  return bytes.subarray(offset - from);
}

function cut(bytes: Buffer, isEnd: boolean): { texts: string[]; rest: Buffer; isTooLong: boolean } {
  const end = isEnd ? bytes.length : bytes.lastIndexOf(NEWLINE) + 1;
  const rest = bytes.subarray(end);
  const texts = end === 0 ? [] : bytes.toString("utf8", 0, end).split("\n");
  if (texts.at(-1) === "") texts.pop();
  return { texts, rest, isTooLong: rest.length > LONGEST_LINE };
}

/** A damaged note counts as none. */
function decoded(note: string | undefined): Saved | undefined {
  try {
    return note === undefined ? undefined : (deserialize(Buffer.from(note, "base64")) as Saved);
  } catch {
    return undefined;
  }
}
