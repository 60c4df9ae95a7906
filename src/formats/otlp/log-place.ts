import { toTimestamp } from "../../lib/clock.ts";
import { str, time, timeOfMs, type Place } from "../fields.ts";
import { MAIN_AGENT } from "../../contract/ids.ts";
import type { OtlpRecord } from "./records.ts";

/** Where a record of an agent program belongs whose attributes name its session. */
export function placeOf(record: OtlpRecord, told: { readonly app: string; readonly session: string; readonly receivedAt: string }): Place {
  const ms = record.kind === "span" ? (record.endMs ?? record.startMs) : record.atMs;
  const at = time(str(record.attributes["event.timestamp"])) ?? timeOfMs(ms) ?? time(told.receivedAt) ?? toTimestamp(0);
  return { app: told.app, way: "otel", session: told.session, agent: MAIN_AGENT, at };
}

/** A count, also where the emitter writes numbers as text. */
export function tokens(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}
