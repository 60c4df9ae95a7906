import { z } from "zod";
import { defineOperation } from "../operation.ts";

export const getStatus = defineOperation({
  name: "status.get",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/status",
  summary: "What this daemon is and how it does: version, home, head of the log, clients, sources with their last record and lag.",
  input: z.object({}),
  output: z.looseObject({
    version: z.string(),
    protocol: z.number(),
    pid: z.number(),
    started_at: z.string(),
    home: z.string(),
    head: z.number(),
  }),
});

export const listOperations = defineOperation({
  name: "operations.list",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/operations",
  summary: "Every operation with its method, path, scope and one sentence.",
  input: z.object({}),
  output: z.object({ items: z.array(z.looseObject({ name: z.string(), method: z.string(), path: z.string(), summary: z.string() })) }),
});
