import { z } from "zod";
import { defineOperation } from "../operation.ts";
import { Alert } from "./alerts.ts";
import { getStatus } from "./system.ts";
import { readTelemetry } from "./telemetry.ts";

export const getDiagnostics = defineOperation({
  name: "diagnostics.get",
  kind: "query",
  scope: "read",
  method: "GET",
  path: "/diagnostics",
  summary:
    "What is wrong, in one read: problems in words (sources that fail, records that nobody understands, policy and budget files that cannot be read, a search that lags), with the open alerts, the status and the figures of the last second.",
  input: z.object({}),
  output: z.object({
    /** `what` names the part; empty where nothing is wrong. */
    problems: z.array(z.object({ what: z.string(), message: z.string() })),
    alerts: z.array(Alert),
    status: getStatus.output,
    telemetry: readTelemetry.output,
  }),
});
