export { openLogReader, type LogReader } from "./reader.ts";
export { createMemoryLog } from "./memory.ts";
export { backUp, restore } from "./backup.ts";
export { openSqliteLog } from "./sqlite.ts";
export { measureStorage } from "./storage.ts";
