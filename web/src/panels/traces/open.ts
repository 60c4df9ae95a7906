import type { TraceSpan } from "../../../../src/contract/operations/catalog.ts";

/** What is open beside the rest. */
export interface Open {
  readonly session: string;
  readonly kind: TraceSpan["kind"];
  readonly id: string;
}

const form = /^(\S+) (turn|agent|request|call):(.+)$/;

export function parseOpen(text: string | undefined): Open | undefined {
  const parts = form.exec(text ?? "");
  return parts === null ? undefined : { session: parts[1]!, kind: parts[2] as Open["kind"], id: parts[3]! };
}

export function openText({ session, kind, id }: Open): string {
  return `${session} ${kind}:${id}`;
}
