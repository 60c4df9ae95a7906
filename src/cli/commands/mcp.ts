import type { Operation } from "../../contract/operation.ts";
import type { OperationName } from "../../contract/operations/index.ts";
import { systemClock } from "../../lib/clock.ts";
import { withDaemon, withExample, type CommandModule } from "../command.ts";
import { toOrreryError } from "../failure.ts";
import { answers, daemonUrl } from "../find-daemon.ts";
import { clientOf } from "../token-file.ts";

/** More than a tool waits by itself. */
const CALL_WITHIN_MS = 70_000;

/** The tools of Orrery for a client of the Model Context Protocol that starts its servers as programs. */
export const mcp: CommandModule = {
  configure(command) {
    withExample(withDaemon(command), "orrery mcp", "claude mcp add orrery -- orrery mcp");
  },

  async run({ env, version, signal }, options) {
    const [{ serveStdio }, { createMcpServers }] = await Promise.all([
      import("@modelcontextprotocol/server/stdio"),
      import("../../mcp/index.ts"),
    ]);
    // The address is read anew for each call: a daemon that was started again may listen on another port.
    const call = (operation: Operation, input: unknown, caller: { readonly signal: AbortSignal }) =>
      clientOf(options, env).call(operation.name as OperationName, input as never, {
        signal: caller.signal,
        timeoutMs: CALL_WITHIN_MS,
      });
    const url = daemonUrl(options, env);
    if (!(await answers(url))) {
      process.stderr.write(`orrery mcp: no Orrery answers at ${url}. Start one with: orrery serve. Tools fail until then.\n`);
    }
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const served = serveStdio(createMcpServers({ version, clock: systemClock, call, toError: toOrreryError }), {
      onerror: (error) => void process.stderr.write(`orrery mcp: ${error.message}\n`),
    });
    process.stdin.once("end", end);
    process.stdin.once("close", end);
    process.stdout.once("error", () => end());
    signal.addEventListener("abort", () => end(), { once: true });
    await ended;
    await served.close();
  },
};
