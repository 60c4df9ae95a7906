import { badUsage } from "./failure.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `10m`, `2h`, `1d` as milliseconds. `name` is the option that it was given for. */
export function durationMs(text: string, name: string): number {
  const [, count, unit] = /^(\d+(?:\.\d+)?)\s*(s|m|min|h|d)$/.exec(text.trim()) ?? [];
  const ms = Math.round(Number(count) * (UNITS[unit ?? ""] ?? Number.NaN));
  if (!(ms > 0)) throw badUsage(`${name} ${text} is no time: say 90s, 10m, 2h or 1d`);
  return ms;
}
