import { structuredPatch } from "diff";
import type { FileEdit, Hunk } from "./edits.ts";

/** One line of a diff. `before` and `after` are its numbers in the file where they are known. */
export interface DiffLine {
  readonly kind: "same" | "added" | "removed" | "gap";
  readonly words: string;
  readonly before?: number | undefined;
  readonly after?: number | undefined;
}

/** Unchanged lines that are shown around a change. */
const CONTEXT = 3;
/** Two texts that differ in more lines are shown one below the other: finding what they share would hold the page up. */
const MAX_EDITS = 2_000;

/** The lines of a file's hunks, with what did not change between them left out. */
export function diffLines({ hunks }: Pick<FileEdit, "hunks">): DiffLine[] {
  return hunks.flatMap((hunk, index) => [...(index === 0 ? [] : [gap]), ...hunkLines(hunk)]);
}

/** How many lines were added and removed. */
export function countLines(lines: readonly DiffLine[]): { added: number; removed: number } {
  return {
    added: lines.filter(({ kind }) => kind === "added").length,
    removed: lines.filter(({ kind }) => kind === "removed").length,
  };
}

const gap: DiffLine = { kind: "gap", words: "" };

function hunkLines({ before, after, beforeLine, afterLine }: Hunk): DiffLine[] {
  const patch = structuredPatch("", "", ended(before), ended(after), "", "", { context: CONTEXT, maxEditLength: MAX_EDITS });
  if (patch === undefined) return [...side("removed", before, beforeLine), ...side("added", after, afterLine)];
  return patch.hunks.flatMap(({ oldStart, newStart, lines }, index): DiffLine[] => {
    let old = beforeLine === undefined ? undefined : beforeLine + oldStart - 1;
    let now = afterLine === undefined ? undefined : afterLine + newStart - 1;
    const marked = lines.flatMap((line): DiffLine[] => {
      const words = line.slice(1);
      switch (line[0]) {
        case "+":
          return [{ kind: "added", words, after: now === undefined ? undefined : now++ }];
        case "-":
          return [{ kind: "removed", words, before: old === undefined ? undefined : old++ }];
        case " ":
          return [{ kind: "same", words, before: old === undefined ? undefined : old++, after: now === undefined ? undefined : now++ }];
        default: // That a file ends without a line break.
          return [];
      }
    });
    return index === 0 ? marked : [gap, ...marked];
  });
}

/** A piece of a file has no line break at its end, and neither have some files: their last line is a line all the same. */
function ended(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

function side(kind: "added" | "removed", text: string, first: number | undefined): DiffLine[] {
  const lines = text.replace(/\n$/, "").split("\n");
  return lines.map((words, index) => {
    const number = first === undefined ? undefined : first + index;
    return kind === "added" ? { kind, words, after: number } : { kind, words, before: number };
  });
}
