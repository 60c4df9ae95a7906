import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../lib/clock.ts";
import { testEventLog } from "../testing/test-event-log.ts";
import { openSqliteLog } from "./sqlite.ts";

testEventLog("sqlite", {
  open(options) {
    const home = mkdtempSync(join(tmpdir(), "orrery-log-"));
    let log = openSqliteLog({ home, clock: systemClock, ...options });
    return {
      log,
      async reopen() {
        await log.close();
        log = openSqliteLog({ home, clock: systemClock, ...options });
        return log;
      },
      async remove() {
        await log.close();
        rmSync(home, { recursive: true, force: true });
      },
    };
  },
});
