export { createAlerts, type Alerts } from "./alerts.ts";
export type { RunningProgram, WatchedSource } from "./conditions.ts";
export { createNotifier, sign, type Told } from "./notify.ts";
export { openRuleBook } from "./rule-file.ts";
