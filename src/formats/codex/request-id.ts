import { toId, type RequestId } from "../../contract/ids.ts";

/** The id under which telemetry tells a request: it has no name there, only its thread and its counts. */
export function codexStandIn(
  thread: string,
  {
    input,
    cached,
    output,
    reasoning,
  }: { readonly input: number; readonly cached: number; readonly output: number; readonly reasoning: number },
): RequestId {
  return toId("req", `${thread}/${input}-${cached}-${output}-${reasoning}`);
}
