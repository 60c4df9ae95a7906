/** Numbers as the screen shows them; the whole value goes into the `title` of the element. Unknown is `?`, never zero. */
export const UNKNOWN = "?";

/** 0 to 9,999 in full, then 12.4k, 3.1M. */
export function formatCount(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return UNKNOWN;
  const size = Math.abs(value);
  if (size < 9_999.5) return whole(value);
  const [divisor, unit] = size < 999_950 ? [1e3, "k"] : size < 999_950_000 ? [1e6, "M"] : [1e9, "G"];
  const scaled = value / divisor;
  return `${Math.abs(scaled) < 99.95 ? scaled.toFixed(1) : Math.round(scaled)}${unit}`;
}

/** Every digit, in groups of three. By hand: `toLocaleString` took a tenth of a frame when the graph called it for every count. */
export function whole(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");
}

export function eventCount(count: number): string {
  return `${whole(count)} ${count === 1 ? "event" : "events"}`;
}

/** 240 ms, 9.4 s, 42 s, 1 m 04 s, 2 h 05 m, 3 d 04 h. */
export function formatDuration(ms: number | undefined): string {
  if (ms === undefined || !Number.isFinite(ms)) return UNKNOWN;
  const positive = Math.max(0, ms);
  if (positive < 999.5) return `${Math.round(positive)} ms`;
  if (positive < 9_950) return `${(positive / 1e3).toFixed(1)} s`;
  const seconds = Math.round(positive / 1e3);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} m ${two(seconds % 60)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1_440) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} m`;
  return `${Math.floor(minutes / 1_440)} d ${two(Math.floor(minutes / 60) % 24)} h`;
}

/** How long ago, for a value that is looked at while it grows: tenths only below ten seconds. */
export function formatAge(ms: number | undefined): string {
  if (ms === undefined) return UNKNOWN;
  const positive = Math.max(0, ms);
  return positive < 9_950 ? `${(positive / 1e3).toFixed(1)} s` : formatDuration(positive);
}

export function formatPercent(part: number, of: number): string {
  return of > 0 ? `${Math.round((100 * part) / of)} %` : UNKNOWN;
}

/** 14:32:07, or 14:32:07.250 where milliseconds matter; local time. */
export function formatClock(ms: number, precise = false): string {
  const at = new Date(ms);
  const text = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return precise ? `${text}.${String(at.getMilliseconds()).padStart(3, "0")}` : text;
}

/** 21 Nov 14:32, or 14:32:07 when it is the same day as `nowMs`. */
export function formatMoment(ms: number, nowMs: number): string {
  const at = new Date(ms);
  if (at.toDateString() === new Date(nowMs).toDateString()) return formatClock(ms);
  return `${at.getDate()} ${months[at.getMonth()]} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

export function formatBytes(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  const kib = bytes / 1_024;
  if (kib < 1_024) return `${kib < 10 ? kib.toFixed(1) : Math.round(kib)} KiB`;
  const mib = kib / 1_024;
  return mib < 1_024 ? `${mib < 100 ? mib.toFixed(1) : Math.round(mib)} MiB` : `${(mib / 1_024).toFixed(1)} GiB`;
}

/** $0, <$0.0001, $0.0312, $4.21, $1,240, $12.4k; from millionths of a dollar. */
export function formatUsd(micros: number | undefined): string {
  if (micros === undefined) return UNKNOWN;
  const size = Math.abs(micros);
  const usd = size / 1e6;
  const sign = micros < 0 ? "-" : "";
  if (size > 0 && size < 50) return `${sign}<$0.0001`;
  return `${sign}$${size === 0 ? "0" : usd < 0.99995 ? usd.toFixed(4) : usd < 999.995 ? usd.toFixed(2) : formatCount(usd)}`;
}

/** The figures of one axis, from millionths of a dollar, all with as many digits as the finest of them needs: $0.00, $0.50, $1.00. */
export function formatUsdAxis(micros: readonly number[]): string[] {
  if (micros.every((value) => value % 1e6 === 0)) return micros.map((value) => `$${formatCount(value / 1e6)}`);
  const digits = [2, 3, 4, 5, 6].find((count) => micros.every((value) => Math.abs(value % 10 ** (6 - count)) < 1e-6)) ?? 6;
  return micros.map((value) => `$${(value / 1e6).toFixed(digits)}`);
}

/** All that is known: $0.031207. */
export function wholeUsd(micros: number): string {
  return `${micros < 0 ? "-" : ""}$${(Math.abs(micros) / 1e6).toFixed(6)}`;
}

/** `claude-opus-5-5` as `opus-5.5`. */
export function formatModel(model: string | undefined): string {
  if (model === undefined) return UNKNOWN;
  return model
    .replace(/^.*\//, "")
    .replace(/^claude-/, "")
    .replace(/-20\d{6}$/, "")
    .replace(/(\d)-(\d)/g, "$1.$2");
}

/** One line of at most `length` characters. */
export function clip(text: string, length: number): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= length ? line : `${line.slice(0, length - 1).trimEnd()}…`;
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function two(value: number): string {
  return String(value).padStart(2, "0");
}
