// Control characters, and marks that turn the direction of text: what an agent wrote must not move the cursor or fake a line.
const unsafe = /(?![\n\t])[\p{Cc}\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;

/** Foreign text as it can be shown in a terminal, on one line. */
export function oneLine(text: string): string {
  return text.replace(/\s*[\r\n\t\u2028\u2029]\s*/gu, " ").replace(unsafe, "\uFFFD");
}

/** Foreign text as it can be shown in a terminal, its lines kept. */
export function manyLines(text: string): string {
  return text.replace(/\r\n/g, "\n").replace(unsafe, "\uFFFD");
}

/** At most `width` characters; what is cut is marked. */
export function cut(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join("")}…`;
}

/** In lines of at most `width` characters: nothing of it is left out. */
export function wrapped(text: string, width: number): string[] {
  const characters = [...text];
  const step = Math.max(1, width);
  const count = Math.max(1, Math.ceil(characters.length / step));
  return Array.from({ length: count }, (_, at) => characters.slice(at * step, (at + 1) * step).join(""));
}

/** `1234567` as `1.2M`. */
export function compactNumber(value: number): string {
  if (value < 10_000) return String(value);
  return value < 1_000_000 ? `${Math.round(value / 1_000)}k` : `${(value / 1_000_000).toFixed(1)}M`;
}

/** Bytes as `18.3 MB`. */
export function fileSize(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let size = bytes;
  let unit = 0;
  for (; size >= 1_000 && unit < units.length - 1; unit++) size /= 1_000;
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

/** How long ago, in one unit: `5 s`, `3 min`, `2 h`, `4 d`. */
export function ago(fromMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - fromMs) / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} d`;
}
