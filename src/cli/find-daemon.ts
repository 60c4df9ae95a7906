import { readFileSync } from "node:fs";
import { join } from "node:path";
import { configTable } from "../contract/config.ts";
import { OrreryError } from "../contract/errors.ts";
import { expandHome, type DaemonFile } from "../daemon/home.ts";

interface Where {
  readonly url?: string;
  readonly home?: string;
}

const ALIVE_WITHIN_MS = 1_000;

/** The home that a command means: the one that it names, else the environment, else the default. */
export function homeOf({ home }: Where, env: Readonly<Record<string, string | undefined>>): string {
  return expandHome(home ?? env["ORRERY_HOME"] ?? configTable.home.schema.parse(undefined));
}

/** The address that was named, else the one in the home's `daemon.json`. Does not ask whether anybody answers there. */
export function daemonUrl(where: Where, env: Readonly<Record<string, string | undefined>>): string {
  return where.url ?? readDaemonFile(homeOf(where, env))?.url ?? defaultUrl(env);
}

/** Where a daemon is that was given no other port. */
export function defaultUrl(env: Readonly<Record<string, string | undefined>>): string {
  return `http://127.0.0.1:${configTable.port.schema.parse(env["ORRERY_PORT"])}`;
}

/** The daemon that runs on a home: its process lives and it answers. A `daemon.json` that was left behind counts as none. */
export async function runningDaemon(home: string): Promise<DaemonFile | undefined> {
  const file = readDaemonFile(home);
  return file !== undefined && isProcess(file.pid) && (await answers(file.url)) ? file : undefined;
}

/** Whether an Orrery answers there, within a second. */
export async function answers(url: string): Promise<boolean> {
  try {
    const reply = await fetch(new URL("/healthz", url), { signal: AbortSignal.timeout(ALIVE_WITHIN_MS) });
    return reply.ok && "alive" in ((await reply.json()) as object);
  } catch {
    return false; // Whatever is wrong there, it is not a daemon that can be used.
  }
}

/** The address of a daemon that answers. */
export async function needDaemon(where: Where, env: Readonly<Record<string, string | undefined>>): Promise<string> {
  const url = daemonUrl(where, env);
  if (!(await answers(url))) throw new OrreryError("DAEMON_UNREACHABLE", { url });
  return url;
}

function readDaemonFile(home: string): DaemonFile | undefined {
  try {
    const file = JSON.parse(readFileSync(join(home, "daemon.json"), "utf8")) as Partial<DaemonFile>;
    return typeof file.pid === "number" && typeof file.url === "string" && URL.canParse(file.url) ? (file as DaemonFile) : undefined;
  } catch {
    return undefined;
  }
}

function isProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
