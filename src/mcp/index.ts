export { createMcpServers } from "./server.ts";
