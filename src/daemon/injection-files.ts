import { isUtf8 } from "node:buffer";
import { readFileSync, realpathSync, statSync } from "node:fs";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { OrreryError } from "../contract/errors.ts";

export interface InjectedFile {
  readonly path: string;
  readonly text?: string | undefined;
}

/**
 * Words and files as the one text that an agent is given. Files without a text are read from the session's folder and nowhere else: whoever may
 * inject is not thereby let to read the machine.
 * @throws OrreryError BAD_INPUT, naming the field
 */
export function injectionText(
  { text, files = [] }: { readonly text?: string | undefined; readonly files?: readonly InjectedFile[] | undefined },
  { folder, maxChars }: { readonly folder: string | undefined; readonly maxChars: number },
): { readonly text: string; readonly files?: readonly string[] } {
  const parts = text === undefined || text.trim() === "" ? [] : [text];
  const named = files.map((file, index) => {
    const { path, text: words } = contentsOf(file, folder, `files.${index}.path`, maxChars);
    parts.push(`The file ${path}:\n\n${words}`);
    return path;
  });
  if (parts.length === 0) throw bad("text", "must be words, or files must be named");
  const whole = parts.join("\n\n");
  if (whole.length > maxChars) throw bad("text", `and the files are ${whole.length} characters together; one hook carries ${maxChars}`);
  return { text: whole, ...(named.length === 0 ? {} : { files: named }) };
}

function contentsOf(
  { path, text }: InjectedFile,
  folder: string | undefined,
  field: string,
  maxChars: number,
): { readonly path: string; readonly text: string } {
  if (text !== undefined) return { path, text };
  if (folder === undefined) throw bad(field, "cannot be read: the session's folder is not known; give its text");
  let real: string;
  let bytes: Buffer;
  try {
    real = realpathSync(resolve(folder, path));
    const inside = relative(realpathSync(folder), real);
    if (inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside)) throw bad(field, `is not in ${folder}`);
    const stat = statSync(real);
    if (!stat.isFile()) throw bad(field, "is not a file");
    if (stat.size > 4 * maxChars) throw bad(field, `is ${stat.size} bytes long; one hook carries ${maxChars} characters`);
    bytes = readFileSync(real);
  } catch (cause) {
    if (cause instanceof OrreryError) throw cause;
    throw bad(field, `cannot be read: ${(cause as NodeJS.ErrnoException).code ?? String(cause)}`);
  }
  if (!isUtf8(bytes) || bytes.includes(0)) throw bad(field, "is no text");
  return { path: real, text: bytes.toString("utf8") };
}

function bad(field: string, message: string): OrreryError {
  return new OrreryError("BAD_INPUT", { problems: [{ field, message }] });
}
