import type { EventDraft } from "../../src/contract/events/index.ts";
import { syntheticEvents, type SyntheticOptions } from "../../src/testing/synthetic.ts";
import { request } from "./http-line.ts";

let seeds = 0;

/** Events that no other call has made, beginning now. */
export function freshEvents(options: SyntheticOptions): EventDraft[] {
  return [...syntheticEvents({ seed: freshSeed(), startMs: Date.now(), ...options })];
}

/** Unlike any other of this run or an earlier one. */
export function freshSeed(): number {
  return (process.pid % 100_000) * 10_000 + ++seeds;
}

/** The same events as single POSTs, or as NDJSON of `batch` each. */
export function asRequests(events: readonly EventDraft[], batch = 1): Buffer[] {
  if (batch === 1) return events.map((event) => request("/api/events", JSON.stringify(event)));
  const requests: Buffer[] = [];
  for (let at = 0; at < events.length; at += batch) {
    const lines = events.slice(at, at + batch).map((event) => JSON.stringify(event));
    requests.push(request("/api/events", `${lines.join("\n")}\n`, "application/x-ndjson"));
  }
  return requests;
}

const STAMP = "@0000000000000000";

/** Single POSTs whose event ids end in the microsecond at which they were sent; `stamp` writes it in place. */
export function stampedRequests(events: readonly EventDraft[]): { stamp(index: number): Buffer } {
  const ready = events.map((event) => {
    const bytes = request("/api/events", JSON.stringify({ ...event, id: `${event.id}${STAMP}` }));
    return { bytes, at: bytes.indexOf(STAMP) + 1 };
  });
  return {
    stamp(index) {
      const { bytes, at } = ready[index]!;
      bytes.write(String(nowUs()).padStart(STAMP.length - 1, "0"), at, "latin1");
      return bytes;
    },
  };
}

/** A clock that all processes of this machine share. */
export function nowUs(): number {
  return Math.round(Number(process.hrtime.bigint()) / 1_000);
}
