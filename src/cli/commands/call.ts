import { OrreryError } from "../../contract/errors.ts";
import { operations, type OperationName } from "../../contract/operations/index.ts";
import { withDaemon, withExample, type CommandModule } from "../command.ts";
import { badUsage } from "../failure.ts";
import { nearest } from "../../lib/nearest.ts";
import { manyLines } from "../printable.ts";
import { clientOf } from "../token-file.ts";

/** Any operation, with its input as JSON. */
export const call: CommandModule = {
  configure(command) {
    command.argument("<operation>", "such as sessions.list").argument("[input]", "input as JSON; - reads it from stdin");
    withExample(withDaemon(command), `orrery call sessions.list '{"limit": 5}'`, `echo '{"events": []}' | orrery call events.append -`);
  },

  async run({ out, env }, options, [name, given]) {
    if (!operations.some((operation) => operation.name === name)) throw unknown(name!);
    const input = parseInput(given === "-" ? await readStdin() : given);
    const client = clientOf(options, env);
    const data = await client.call(name as OperationName, input as never);
    if (typeof data === "string" && !out.options.json) out.show({ data, lines: [out.isTty ? manyLines(data) : data] });
    else if (data !== undefined)
      out.show({ data, lines: [out.isTty ? manyLines(JSON.stringify(data, undefined, 2)) : JSON.stringify(data, undefined, 2)] });
  },
};

function unknown(name: string): OrreryError {
  const near = nearest(
    name,
    operations.map((operation) => operation.name),
  );
  const hint = near.length === 0 ? "" : ` (did you mean ${near.join(", ")}?)`;
  return new OrreryError("UNKNOWN_OPERATION", { operation: `${name}${hint}` });
}

function parseInput(text: string | undefined): unknown {
  if (text === undefined || text.trim() === "") return {};
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw badUsage(`input is not JSON: ${(cause as Error).message}`, cause);
  }
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
