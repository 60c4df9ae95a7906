import { posix } from "node:path";

/** Whether a text is as a pattern says: `*` is anything. */
export function matchesText(pattern: string, text: string): boolean {
  return new RegExp(`^${pattern.split("*").map(escaped).join("[\\s\\S]*")}$`).test(text);
}

/** Whether a path is as a pattern says, both made whole: `*` stays within a folder, `**` does not. Names that begin with a dot are no exception. */
export function matchesPath(pattern: string, path: string, { cwd, home }: { readonly cwd: string; readonly home: string }): boolean {
  const whole = (text: string) => posix.resolve(cwd, text.startsWith("~/") ? posix.join(home, text.slice(2)) : text);
  const source = whole(pattern)
    .split(/(\*\*\/|\*\*|\*|\?)/)
    .map((part) => (part === "**/" ? "(?:.*/)?" : part === "**" ? ".*" : part === "*" ? "[^/]*" : part === "?" ? "[^/]" : escaped(part)))
    .join("");
  return new RegExp(`^${source}$`, "s").test(whole(path));
}

/** What makes of one command several, or puts the output of one into another: what stands behind it is not what the pattern was written for. */
const JOINS = /[;&|`<>\n\r]|\$\(|\$\{/;

/** For allowing: the command as a whole, and only one. */
export function isOneCommand(pattern: string, command: string): boolean {
  return pattern === command || (!JOINS.test(command) && matchesText(pattern, command.trim()));
}

/** For denying and asking: the command, or any part of it. */
export function hasCommand(pattern: string, command: string): boolean {
  const parts = command.split(/[;&|`<>\n\r(){}]|\$\(/).map((part) => part.trim());
  return [command.trim(), ...parts].some((part) => matchesText(pattern, part));
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
