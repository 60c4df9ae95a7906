export { createMemoryLog } from "./memory.ts";
export { openSqliteLog } from "./sqlite.ts";
export { measureStorage } from "./storage.ts";
