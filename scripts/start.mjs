// npm start -- ARGS: installs and builds what is missing, then runs `orrery serve ARGS`.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { ensureInstalled, ensureWebBuilt, nodeBinary, root } from "./ensure.mjs";

ensureInstalled();
ensureWebBuilt();
const server = spawn(nodeBinary(), [join(root, "bin/start.mjs"), "serve", ...process.argv.slice(2)], { stdio: "inherit" });

// A terminal sends Ctrl-C to the whole group, and npm passes it on once more: the server has it already.
const hasTerminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
let isForwarded = false;
function forward(signal) {
  if (isForwarded || (signal === "SIGINT" && hasTerminal)) return;
  isForwarded = true;
  server.kill(signal);
}
process.on("SIGINT", forward);
process.on("SIGTERM", forward);

server.on("error", (error) => {
  console.error(`Orrery could not start: ${error.message}`);
  process.exitCode = 1;
});
server.on("exit", (code, signal) => {
  process.exitCode = code ?? 128 + constants.signals[signal];
});
