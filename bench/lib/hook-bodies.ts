import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { request } from "./http-line.ts";
import { root } from "./processes.ts";

const folder = join(root, "test/fixtures/claude-code");

/** Every hook body that was recorded over HTTP, in order, scenario after scenario. */
export function recordedHooks(): Record<string, unknown>[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .toSorted()
    .filter((path) => path.endsWith("http-hooks.jsonl"))
    .flatMap((path) => readFileSync(join(folder, path), "utf8").trimEnd().split("\n"))
    .map((line) => (JSON.parse(line) as { body: Record<string, unknown> }).body);
}

/** `count` requests: each pass through the recordings belongs to sessions, calls and prompts of its own. */
export function hookRequests(count: number, salt: number): Buffer[] {
  const bodies = recordedHooks().map((body) => JSON.stringify(body));
  return Array.from({ length: count }, (_, index) => {
    const pass = ((salt * 1_000 + Math.floor(index / bodies.length)) >>> 0).toString(16).padStart(8, "0");
    return request("/api/ingest/claude-code", fresh(bodies[index % bodies.length]!, pass));
  });
}

/** The text with every uuid and call id made another; the same text and `pass` give the same. */
export function fresh(text: string, pass: string): string {
  return text
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})/g, `${pass}$1`)
    .replace(/\b(toolu|msg|req)_([A-Za-z0-9_]+)/g, `$1_$2${pass}`);
}
