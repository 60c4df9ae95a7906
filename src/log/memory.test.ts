import { systemClock } from "../lib/clock.ts";
import { testEventLog } from "../testing/test-event-log.ts";
import { createMemoryLog } from "./memory.ts";

testEventLog("memory", {
  open(options) {
    const log = createMemoryLog({ clock: systemClock, ...options });
    return { log, remove: () => log.close() };
  },
});
