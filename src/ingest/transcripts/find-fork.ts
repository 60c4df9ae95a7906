import { createReadStream } from "node:fs";
import { findReplay, type Replay } from "../../formats/claude/replay.ts";
import { createLineSplitter } from "./split-lines.ts";

/** Lines that the next piece sees again: an answer to a call stands shortly after it. */
const OVERLAP = 64;
const ASSISTANT = '"type":"assistant"';

/**
 * The part of a transcript that a fork copied from another session, or undefined. The first assistant line tells whether there is one, so
 * that only the files of forks are looked through.
 */
export async function findFork(path: string): Promise<Replay | undefined> {
  const splitter = createLineSplitter({ offset: 0, line: 0, isSkipping: false });
  let carried: string[] = [];
  let replay: Replay | undefined;
  let isToldBy = false;
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) {
    const lines = splitter.push(chunk as Buffer).flatMap(({ bytes }) => (bytes === undefined ? [] : [bytes.toString("utf8")]));
    if (!isToldBy) {
      const first = lines.find((line) => line.includes(ASSISTANT));
      if (first === undefined) continue;
      isToldBy = true;
      if (findReplay([first]) === undefined) return undefined;
    }
    replay = later(replay, findReplay([...carried, ...lines]));
    carried = [...carried, ...lines].slice(-OVERLAP);
  }
  return replay;
}

function later(known: Replay | undefined, found: Replay | undefined): Replay | undefined {
  if (known === undefined || found === undefined) return known ?? found;
  return found.until > known.until ? { from: known.from, until: found.until } : known;
}
