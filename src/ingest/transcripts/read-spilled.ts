import { open } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fields, list, str, textOf, type Fields } from "../../formats/fields.ts";

/** Of a longer output the beginning is kept. */
const MOST_BYTES = 8 * 1024 * 1024;

/**
 * A line whose output was too long for it, with the output that it points to: the client writes it to `<session>/tool-results/` beside the
 * transcript. Undefined when the line points to none. Only a file of that folder is read, whatever path the line names; without it the line
 * stays as it is.
 */
export function spilledOf(record: unknown, path: string): (() => Promise<unknown>) | undefined {
  const line = fields(record);
  const results = list(fields(line?.["message"])?.["content"]);
  const result = results.length === 1 ? fields(results[0]) : undefined;
  if (line === undefined || result?.["type"] !== "tool_result") return undefined;
  const answer = fields(line["toolUseResult"]);
  const named =
    str(answer?.["persistedOutputPath"]) ?? /^<persisted-output>[^\n]*\n[^\n]*saved to: (.+)$/m.exec(textOf(result["content"]))?.[1];
  if (named === undefined) return undefined;
  return async () => {
    const text = await readStart(join(sessionFolder(path), "tool-results", basename(named.trim())));
    return text === undefined ? record : withOutput(line, answer, result, text);
  };
}

function withOutput(line: Fields, answer: Fields | undefined, result: Fields, text: string): Fields {
  if (typeof answer?.["stdout"] === "string") return { ...line, toolUseResult: { ...answer, stdout: text } };
  const message = { ...fields(line["message"]), content: [{ ...result, content: text }] };
  return { ...line, message, ...(answer === undefined ? {} : { toolUseResult: { ...answer, output: text } }) };
}

/** Subagents have their files in a folder of the session. */
function sessionFolder(path: string): string {
  const folder = dirname(path);
  return basename(folder) === "subagents" ? dirname(folder) : path.replace(/\.jsonl$/, "");
}

async function readStart(path: string): Promise<string | undefined> {
  let file;
  try {
    file = await open(path);
    const { size } = await file.stat();
    const bytes = Buffer.alloc(Math.min(size, MOST_BYTES));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return bytes.toString("utf8", 0, bytesRead);
  } catch {
    return undefined; // Cleaned up since, or never written: the line's own preview is what is left.
  } finally {
    await file?.close();
  }
}
