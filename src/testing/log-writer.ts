/**
 * A process that writes a log under load until it is killed: `node log-writer.ts <home> <seed> <life>`. Whatever the log acknowledges it
 * says on its standard output at once, one JSON line (`Acknowledged`) each; a line that is whole is a promise that the log has made.
 */
import { writeSync } from "node:fs";
import type { SessionId } from "../contract/ids.ts";
import { systemClock } from "../lib/clock.ts";
import { openSqliteLog } from "../log/index.ts";
import { draft } from "./log-draft.ts";

export type Acknowledged =
  | { readonly kind: "ready"; readonly head: number }
  /** Outcomes of one append. */
  | { readonly kind: "events"; readonly outcomes: readonly (readonly [id: string, seq: number])[] }
  /** A note or checkpoint that rode along with an append, or was flushed. */
  | { readonly kind: "note"; readonly key: string; readonly value: number }
  | { readonly kind: "checkpoint"; readonly session: string; readonly seq: number };

const WRITERS = 6;
const SHARED_IDS = 400;

/** The text of an event, made again from its id to be compared. Some are long enough to be stored by content. */
export function textOf(id: string): string {
  const sum = [...id].reduce((total, char) => (total * 31 + char.charCodeAt(0)) % 1_000_003, 7);
  return sum % 20 === 0 ? `${id} `.repeat(Math.ceil((17_000 + (sum % 20_000)) / (id.length + 1))) : `${id} `.repeat(5);
}

/** Numbers in [0, 1) that depend on nothing but the seed. */
export function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function say(line: Acknowledged): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

async function write(home: string, seed: number, life: number): Promise<void> {
  const log = openSqliteLog({ home, clock: systemClock, onError: (error) => writeSync(2, `${String(error)}\n`) });
  say({ kind: "ready", head: log.head() });
  await Promise.all(Array.from({ length: WRITERS }, (_, writer) => writeOn(writer)));

  async function writeOn(writer: number): Promise<never> {
    const random = seeded(seed * 1_000_003 + life * 101 + writer);
    const session = `w${writer}`;
    const old: string[] = [];
    for (let turn = 0; ; turn++) {
      // Own ids name their append and its size, so that half an append would show.
      const size = 1 + Math.floor(random() * 24);
      const own = Array.from({ length: size }, (_, index) => `own:${life}:${writer}:${turn}:${index}:${size}`);
      const shared = Array.from({ length: Math.floor(random() * 3) }, () => `shared:${Math.floor(random() * SHARED_IDS)}`);
      const again = old.length > 0 && random() < 0.3 ? [old[Math.floor(random() * old.length)]!] : [];
      old.push(own[0]!);
      log.notes.set(session, String(life * 1_000_000 + turn));
      const seqBefore = log.head();
      if (turn % 5 === 4)
        log.checkpoints.save({
          sessionId: `ses_${session}` as SessionId,
          seq: seqBefore,
          shownAtMs: seqBefore,
          state: `{"at":${seqBefore}}`,
        });
      const ids = [...own, ...shared, ...again];
      const outcomes = await log.append(ids.map((id, index) => draft(turn * 100 + index, { id, session, data: { text: textOf(id) } })));
      say({ kind: "events", outcomes: outcomes.map(({ id, seq }) => [id, seq]) });
      say({ kind: "note", key: session, value: life * 1_000_000 + turn });
      if (turn % 5 === 4) say({ kind: "checkpoint", session: `ses_${session}`, seq: seqBefore });
      if (random() < 0.1) {
        log.notes.set(`flushed:${session}`, String(life * 1_000_000 + turn));
        await log.notes.flush();
        say({ kind: "note", key: `flushed:${session}`, value: life * 1_000_000 + turn });
      }
      if (random() < 0.3) await systemClock.sleep(random() * 4);
    }
  }
}

if (import.meta.main) await write(process.argv[2]!, Number(process.argv[3]), Number(process.argv[4]));
