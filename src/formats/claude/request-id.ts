import { toId, type RequestId } from "../../contract/ids.ts";

/**
 * The id under which telemetry tells a request: the provider's request id. Two agents that ask at once may be given the same one, so a
 * subagent's name is part of it.
 */
export function standIn(request: string | undefined, foreignAgent: string | undefined): RequestId | undefined {
  if (request === undefined) return undefined;
  return toId("req", foreignAgent === undefined ? request : `${foreignAgent}/${request}`);
}
