import { createClient } from "../../client/index.ts";
import { OrreryError } from "../../contract/errors.ts";
import { operations, type OperationName } from "../../contract/operations/index.ts";
import { withDaemon, withExample, type CommandModule } from "../command.ts";
import { badUsage } from "../failure.ts";
import { daemonUrl } from "../find-daemon.ts";
import { manyLines } from "../printable.ts";

/** Any operation, with its input as JSON. */
export const call: CommandModule = {
  configure(command) {
    command.argument("<operation>", "such as sessions.list").argument("[input]", "input as JSON; - reads it from stdin");
    withExample(withDaemon(command), `orrery call sessions.list '{"limit": 5}'`, `echo '{"events": []}' | orrery call events.append -`);
  },

  async run({ out, env }, options, [name, given]) {
    if (!operations.some((operation) => operation.name === name)) throw unknown(name!);
    const input = parseInput(given === "-" ? await readStdin() : given);
    const client = createClient({ url: daemonUrl(options, env) });
    const data = await client.call(name as OperationName, input as never);
    if (typeof data === "string" && !out.options.json) out.show({ data, lines: [out.isTty ? manyLines(data) : data] });
    else if (data !== undefined)
      out.show({ data, lines: [out.isTty ? manyLines(JSON.stringify(data, undefined, 2)) : JSON.stringify(data, undefined, 2)] });
  },
};

function unknown(name: string): OrreryError {
  const near = operations
    .map((operation) => ({ name: operation.name, distance: distanceOf(name, operation.name) }))
    .toSorted((a, b) => a.distance - b.distance);
  const hint = near
    .slice(0, 3)
    .map((one) => one.name)
    .join(", ");
  return new OrreryError("UNKNOWN_OPERATION", { operation: `${name} (near: ${hint})` });
}

/** How many letters differ; a name that contains the other is nearest. */
function distanceOf(given: string, known: string): number {
  if (known.includes(given) || given.includes(known)) return 0;
  let row = Array.from({ length: known.length + 1 }, (_, at) => at);
  for (let i = 1; i <= given.length; i++) {
    const next = [i];
    for (let j = 1; j <= known.length; j++)
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (given[i - 1] === known[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[known.length]!;
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
