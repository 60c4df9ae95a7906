import { CommanderError } from "commander";
import { OrreryError } from "../contract/errors.ts";

/** Any failure as one of the table: a wrong command line is BAD_INPUT, what nobody foresaw is INTERNAL with its own words. */
export function toOrreryError(error: unknown): OrreryError {
  if (error instanceof OrreryError) return error;
  if (error instanceof CommanderError) return badUsage(error.message.replace(/^error: /, ""), error);
  return new OrreryError("INTERNAL", { reference: error instanceof Error ? error.message : String(error) }, { cause: error });
}

/** A command line that cannot be followed; `what` is one sentence without its point. */
export function badUsage(what: string, cause?: unknown): OrreryError {
  const [field, ...rest] = what.split(" ");
  return new OrreryError("BAD_INPUT", { problems: [{ field: field!, message: rest.join(" ") }] }, { cause });
}
