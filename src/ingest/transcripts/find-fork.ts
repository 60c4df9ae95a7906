import { open } from "node:fs/promises";
import { findReplay, type Replay } from "../../formats/claude/replay.ts";
import { createLineSplitter } from "./split-lines.ts";

/** Lines that the next piece sees again: an answer to a call stands shortly after it. */
const OVERLAP = 64;
const CHUNK_BYTES = 128 * 1024;
const ASSISTANT = '"type":"assistant"';

/**
 * The part of a transcript that a fork copied from another session, or undefined. The first assistant line tells whether there is one, so
 * that only the files of forks are looked through.
 */
export async function findFork(path: string): Promise<Replay | undefined> {
  const handle = await open(path, "r");
  try {
    const splitter = createLineSplitter({ offset: 0, line: 0, isSkipping: false });
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    let carried: string[] = [];
    let replay: Replay | undefined;
    let isFork = false;
    for (;;) {
      const { bytesRead } = await handle.read(chunk, 0, chunk.length);
      if (bytesRead === 0) return replay;
      const lines = splitter.push(chunk.subarray(0, bytesRead)).filter(({ bytes }) => bytes !== undefined);
      if (!isFork) {
        const first = lines.find(({ bytes }) => bytes!.includes(ASSISTANT));
        if (first === undefined) continue;
        isFork = findReplay([first.bytes!.toString("utf8")]) !== undefined;
        if (!isFork) return undefined;
      }
      const texts = lines.map(({ bytes }) => bytes!.toString("utf8"));
      replay = later(replay, findReplay([...carried, ...texts]));
      carried = [...carried, ...texts].slice(-OVERLAP);
    }
  } finally {
    await handle.close();
  }
}

function later(known: Replay | undefined, found: Replay | undefined): Replay | undefined {
  if (known === undefined || found === undefined) return known ?? found;
  return found.until > known.until ? { from: known.from, until: found.until } : known;
}
