import type { Call } from "../../../src/projections/calls.ts";
import { isBodyRef, previewOf, type BodyRef } from "../../../src/contract/text.ts";

/** One place of a file that changed: its text before and after, and the number of its first line on both sides where it is known. */
export interface Hunk {
  readonly before: string;
  readonly after: string;
  readonly beforeLine?: number;
  readonly afterLine?: number;
}

/** What one call did, or was to do, to one file. */
export interface FileEdit {
  readonly path: string;
  /** `written`: the whole text is known, and whether anything stood there before is not. */
  readonly change: "changed" | "created" | "deleted" | "written";
  readonly movedTo?: string;
  readonly hunks: readonly Hunk[];
}

/** Gives the words of a text that lies apart from its event: all of them where they were read, else their beginning. */
export type ReadBody = (body: BodyRef) => string;

type Told = Pick<Call, "input" | "input_run" | "output">;
type Fields = Readonly<Record<string, unknown>>;

/** The files that a call edits, as its input tells them, or better: as its output does. Empty for a call that edits nothing. */
export function editsOf({ input, input_run, output }: Told, read: ReadBody = previewOf): FileEdit[] {
  const given = input_run ?? input;
  const words = textIn(given, read);
  if (words !== undefined) return patchEdits(words);
  const told = fieldsOf(given);
  if (told === undefined) return [];
  const done = doneEdits(told, output, read);
  if (done.length > 0) return done;
  const path = textIn(told["file_path"] ?? told["filePath"] ?? told["notebook_path"], read);
  if (path !== undefined) return [fileEdit(path, told, read)].filter((edit) => edit !== undefined);
  for (const field of ["command", "patchText", "input", "patch"]) {
    const patch = textIn(told[field], read);
    if (patch !== undefined && isPatch(patch)) return patchEdits(patch);
  }
  return listOf(told["changes"] ?? told["diffs"]).flatMap((change) => changeEdit(change, read));
}

/** Claude Code answers an edit with the lines around it and their numbers. */
function doneEdits(told: Fields, output: unknown, read: ReadBody): FileEdit[] {
  const answer = fieldsOf(output);
  const path = textIn(answer?.["filePath"] ?? told["file_path"], read);
  const hunks = listOf(answer?.["structuredPatch"]).flatMap((hunk): Hunk[] => {
    const fields = fieldsOf(hunk);
    const lines = listOf(fields?.["lines"]).map((line) => textIn(line, read) ?? "");
    return lines.length === 0 ? [] : [hunkOf(lines, numberOf(fields?.["oldStart"]), numberOf(fields?.["newStart"]))];
  });
  if (path === undefined) return [];
  if (hunks.length > 0) return [{ path, change: "changed", hunks }];
  const content = textIn(told["content"], read);
  return answer?.["type"] === "create" && content !== undefined ? [{ path, change: "created", hunks: [whole("", content)] }] : [];
}

/** Tools that name one file and say what to replace in it, or what to write into it. */
function fileEdit(path: string, told: Fields, read: ReadBody): FileEdit | undefined {
  const replaced = [told, ...listOf(told["edits"])].flatMap((each): Hunk[] => {
    const fields = fieldsOf(each);
    const before = textIn(fields?.["old_string"] ?? fields?.["oldString"], read);
    const after = textIn(fields?.["new_string"] ?? fields?.["newString"], read);
    return before === undefined || after === undefined ? [] : [{ before, after }];
  });
  if (replaced.length > 0) {
    const isNew = replaced.length === 1 && replaced[0]!.before === "";
    return isNew ? { path, change: "created", hunks: [whole("", replaced[0]!.after)] } : { path, change: "changed", hunks: replaced };
  }
  if (told["edit_mode"] === "delete") return { path, change: "changed", hunks: [] };
  const content = textIn(told["content"] ?? told["new_source"], read);
  if (content === undefined) return undefined;
  // A cell of a notebook is a part of its file: its lines have no numbers there.
  const hunk = told["new_source"] === undefined ? whole("", content) : { before: "", after: content };
  return { path, change: "written", hunks: [hunk] };
}

/** A change as ACP (`oldText`, `newText`) and Codex (`unified_diff`, `content`) tell it. */
function changeEdit(change: unknown, read: ReadBody): FileEdit[] {
  const fields = fieldsOf(change);
  const path = textIn(fields?.["path"], read);
  if (fields === undefined || path === undefined) return [];
  const after = textIn(fields["newText"], read);
  if (after !== undefined) {
    const before = textIn(fields["oldText"], read);
    return [{ path, change: before === undefined ? "created" : "changed", hunks: [whole(before ?? "", after)] }];
  }
  const diff = textIn(fields["unified_diff"] ?? fields["diff"], read);
  return diff === undefined ? [] : [{ path, change: "changed", hunks: unifiedHunks(diff.split("\n")) }];
}

function isPatch(words: string): boolean {
  return /^\s*\*\*\* Begin Patch\b/.test(words);
}

/** The patch language of `apply_patch`: files between `***` lines, hunks between `@@` lines. Lines have no numbers in it. */
function patchEdits(patch: string): FileEdit[] {
  if (!isPatch(patch)) return [];
  const edits: FileEdit[] = [];
  for (const section of patch.split(/^(?=\*\*\* (?:Add|Update|Delete) File: )/m).slice(1)) {
    const [head = "", ...lines] = section.replace(/^\*\*\* End (?:Patch|of File).*\n?/gm, "").split("\n");
    const [, verb, path = ""] = /^\*\*\* (Add|Update|Delete) File: (.*?)\s*$/.exec(head) ?? [];
    const movedTo = /^\*\*\* Move to: (.*?)\s*$/.exec(lines[0] ?? "")?.[1];
    const body = withoutLastBreak(movedTo === undefined ? lines : lines.slice(1));
    if (verb === "Delete") edits.push({ path, change: "deleted", hunks: [] });
    else if (verb === "Add") edits.push({ path, change: "created", hunks: [hunkOf(body, 1, 1)] });
    else edits.push({ path, change: "changed", ...(movedTo === undefined ? {} : { movedTo }), hunks: unifiedHunks(body) });
  }
  return edits;
}

function unifiedHunks(lines: readonly string[]): Hunk[] {
  const hunks: Hunk[] = [];
  let held: string[] = [];
  let starts: readonly number[] = [];
  const close = () => {
    if (held.length > 0) hunks.push(hunkOf(held, starts[0], starts[1]));
    held = [];
  };
  for (const line of withoutLastBreak(lines)) {
    if (line.startsWith("@@")) {
      close();
      starts = (/^@@ -(\d+)(?:,\d+)? \+(\d+)/.exec(line) ?? []).slice(1).map(Number);
    } else if (!/^(?:---|\+\+\+|Index:|diff |===|\\)/.test(line)) held.push(line);
  }
  close();
  return hunks;
}

/** Marked lines as the two texts that they were made of. */
function hunkOf(lines: readonly string[], beforeLine: number | undefined, afterLine: number | undefined): Hunk {
  const side = (mark: string) =>
    lines
      .filter((line) => line[0] !== mark && line[0] !== "\\")
      .map((line) => `${line.slice(1)}\n`)
      .join("");
  return {
    before: side("+"),
    after: side("-"),
    ...(beforeLine === undefined ? {} : { beforeLine }),
    ...(afterLine === undefined ? {} : { afterLine }),
  };
}

function whole(before: string, after: string): Hunk {
  return { before, after, beforeLine: 1, afterLine: 1 };
}

function withoutLastBreak(lines: readonly string[]): readonly string[] {
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

function textIn(value: unknown, read: ReadBody): string | undefined {
  return isBodyRef(value) ? read(value) : typeof value === "string" ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : undefined;
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}
