import { diffLines } from "./diff.ts";

type Fields = Readonly<Record<string, unknown>>;
const MARKS = { same: " ", added: "+", removed: "-", gap: " " } as const;

/** What an agent wants to do, as a person reads it: the command as it would run, the change of a file line by line, and all else that is in the input. */
export function inputLines(input: unknown): string[] {
  if (typeof input === "string") return linesOf(input);
  if (typeof input !== "object" || input === null || Array.isArray(input)) return jsonLines(input);
  const { command, file_path, old_string, new_string, content, edits, ...rest } = input as Fields;
  const { path = file_path, ...others } = rest;
  // Two names for the place: which of them counts is for the tool to say.
  if (rest["path"] !== undefined && file_path !== undefined) return jsonLines(input);
  const changes = [...(Array.isArray(edits) ? (edits as Fields[]) : []), ...(old_string === undefined ? [] : [{ old_string, new_string }])];
  const isEdit = typeof path === "string" && changes.length > 0 && changes.every(isChange);
  const isWrite = typeof path === "string" && typeof content === "string";
  // Of what is no command and no change that is known, every field is shown as it is.
  if (typeof command !== "string" && !isEdit && !isWrite) return jsonLines(input);
  return [
    ...(typeof command === "string" ? linesOf(command).map((line, at) => `${at === 0 ? "$" : " "} ${line}`) : jsonOf({ command })),
    ...(typeof path === "string" ? [path] : jsonOf({ path })),
    ...(isEdit
      ? changes.flatMap(({ old_string: before, new_string: after, ...more }) => [
          ...changed(before as string, after as string),
          ...jsonOf(more),
        ])
      : jsonOf({ old_string, new_string, edits })),
    ...(isWrite ? changed("", content) : jsonOf({ content })),
    ...jsonOf(others),
  ];
}

function isChange({ old_string, new_string }: Fields): boolean {
  return typeof old_string === "string" && typeof new_string === "string";
}

function changed(before: string, after: string): string[] {
  const lines = diffLines(before, after);
  // Ends of lines make no line of their own.
  const isSeen = before === after || lines.some(({ kind }) => kind === "added" || kind === "removed");
  return isSeen ? lines.map(({ kind, text }) => `${MARKS[kind]} ${text}`) : jsonOf({ before, after });
}

/** Fields that say something, as JSON; none where there are none. */
function jsonOf(fields: Fields): string[] {
  const told = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return Object.keys(told).length === 0 ? [] : jsonLines(told);
}

function jsonLines(value: unknown): string[] {
  return (JSON.stringify(value, undefined, 2) ?? "").split("\n");
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/);
}
