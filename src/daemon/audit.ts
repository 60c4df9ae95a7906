import type { Caller } from "../contract/operations/index.ts";
import type { Operation } from "../contract/operation.ts";
import { toTimestamp, type Clock } from "../lib/clock.ts";
import { randomId } from "../lib/ids.ts";
import type { EventLog } from "../log/log.ts";
import { doer } from "./doer.ts";

/** Tells the log that somebody had something done: who, at which door, what, and to which things; what else was said to it is not kept. */
export type Audit = (operation: Operation, input: object, caller: Caller) => Promise<void>;

export function createAudit({ log, clock }: { readonly log: Pick<EventLog, "append">; readonly clock: Pick<Clock, "now"> }): Audit {
  return async (operation, input, caller) => {
    const about = idsOf(operation, input as Readonly<Record<string, unknown>>);
    await log.append([
      {
        id: `command:${randomId("cmd")}@orrery`,
        type: "command.executed",
        timestamp: toTimestamp(clock.now()),
        source: "orrery/audit",
        data: { operation: operation.name, ...doer(caller), ...(Object.keys(about).length === 0 ? {} : { about }) },
      },
    ]);
  };
}

/** The fields of an input that name things: ids, which are no words of anybody's. */
function idsOf({ input: schema }: Operation, input: Readonly<Record<string, unknown>>): Record<string, string> {
  const names = Object.keys(schema.shape).filter((name) => name.endsWith("_id"));
  return Object.fromEntries(names.flatMap((name) => (typeof input[name] === "string" ? [[name, input[name].slice(0, 300)]] : [])));
}
