import { chownSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** The user `nobody` of Debian. */
const NOBODY = 65_534;

/**
 * Runs what must meet a refusal. Root may read everything: where the tests run as root, the folder is handed to `nobody`, and this process is
 * `nobody` until `run` ends. That holds for all of the process, so no other test of the same file may run meanwhile.
 */
export async function withoutRoot(folder: string, run: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) return run();
  for (const path of ["", ...readdirSync(folder, { recursive: true, encoding: "utf8" })]) chownSync(join(folder, path), NOBODY, NOBODY);
  process.seteuid!(NOBODY);
  try {
    await run();
  } finally {
    process.seteuid!(0);
  }
}
