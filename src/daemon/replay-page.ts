import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The page that plays a recording, as it was built; undefined when the web UI is not. */
export function readReplayPage(webRoot: string | undefined): string | undefined {
  try {
    return webRoot === undefined ? undefined : readFileSync(join(webRoot, "replay.html"), "utf8");
  } catch {
    return undefined;
  }
}
