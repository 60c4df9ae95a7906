import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const made: string[] = [];

/** An empty folder, gone when this process ends. */
export function tempFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `orrery-bench-${name}-`));
  made.push(folder);
  return folder;
}

process.on("exit", () => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
