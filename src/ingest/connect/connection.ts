import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { OrreryError } from "../../contract/errors.ts";
import { ASKER_NAME, INGEST_PATH, planConnect, planDisconnect, SENDER_NAME, STATUS_PATH, type HookTargets } from "./claude-settings.ts";
import type { SettingsPlan } from "./settings-plan.ts";
import { quoted } from "./shell-words.ts";

/** A change of one settings file, decided but not yet made. Undefined text: there is no file. */
export interface SettingsChange {
  /** The file itself, links followed. */
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** What is kept under `<home>/connect/` to undo a connection. */
interface Saved {
  readonly path: string;
  /** The file as it was; absent when there was none. */
  readonly original?: string;
  /** SHA-256 of what we wrote. */
  readonly written: string;
}

const sourceOf = (name: string) => fileURLToPath(new URL(`../sender/${name}`, import.meta.url));

export const claudeHooks: SettingsPlan = { connect: planConnect, disconnect: planDisconnect };

/** `spool` is where the sender leaves what it cannot deliver. */
export function hookTargets(home: string, daemonUrl: string, ingestPath = INGEST_PATH, spool = join(home, "spool")): HookTargets {
  const base = daemonUrl.replace(/\/+$/, "");
  const url = `${base}${ingestPath}`;
  return {
    url,
    base,
    asker: join(home, "connect", ASKER_NAME),
    command: [senderPath(home), url, spool].map(quoted).join(" "),
    statusCommand: statusSender(home, base).map(quoted).join(" "),
  };
}

/** The program and words that hand on a status line; the command that it stands in for is the next word. */
export function statusSender(home: string, daemonUrl: string): readonly [string, ...string[]] {
  return [senderPath(home), `${daemonUrl.replace(/\/+$/, "")}${STATUS_PATH}`, join(home, "spool-claude-status")];
}

export function senderPath(home: string): string {
  return join(home, "connect", SENDER_NAME);
}

/** Puts the scripts where settings can name it for good: a package's folder moves with its version. */
export function installSender(home: string): void {
  makeFolder(join(home, "connect"));
  makeFolder(join(home, "spool"));
  for (const name of [SENDER_NAME, ASKER_NAME]) {
    const path = join(home, "connect", name);
    copyFileSync(sourceOf(name), `${path}.new`);
    chmodSync(`${path}.new`, 0o755);
    renameSync(`${path}.new`, path);
  }
}

export function decideConnect(settingsPath: string, targets: HookTargets, plan = claudeHooks): SettingsChange {
  const path = followed(settingsPath);
  const before = readText(path);
  return { path, before, after: plan.connect(path, before, targets) };
}

/** The exact original when the file is still as we wrote it; otherwise the file as it is now, without our entries. */
export function decideDisconnect(settingsPath: string, home: string, plan = claudeHooks): SettingsChange {
  const path = followed(settingsPath);
  const before = readText(path);
  if (before === undefined) return { path, before, after: undefined };
  const saved = readSaved(home, path);
  const isUntouched = saved?.written === sha256(before);
  return { path, before, after: isUntouched ? saved!.original : plan.disconnect(path, before) };
}

/** Keeps the original, then writes. */
export function applyConnect(change: SettingsChange, home: string, plan = claudeHooks): void {
  const { path, before, after } = change;
  checkUnchanged(change);
  if (after === undefined || after === before) return;
  const saved = readSaved(home, path);
  const isOurText = before !== undefined && saved?.written === sha256(before);
  const original = isOurText ? saved!.original : before === undefined ? undefined : plan.disconnect(path, before);
  makeFolder(join(home, "connect"));
  writeWhole(savedPath(home, path), `${JSON.stringify({ path, original, written: sha256(after) } satisfies Saved, undefined, 2)}\n`);
  mkdirSync(dirname(path), { recursive: true });
  writeWhole(path, after);
}

export function applyDisconnect(change: SettingsChange, home: string): void {
  const { path, before, after } = change;
  checkUnchanged(change);
  if (after === undefined) rmSync(path, { force: true });
  else if (after !== before) writeWhole(path, after);
  rmSync(savedPath(home, path), { force: true });
}

function checkUnchanged({ path, before }: SettingsChange): void {
  if (readText(path) !== before)
    throw new OrreryError("SETTINGS_UNREADABLE", { path, reason: "it was changed by another program just now; run the command again" });
}

function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

/** Whole or not at all, with the mode that the file had. Settings may hold keys: a new file is the owner's alone. */
function writeWhole(path: string, text: string): void {
  const temporary = join(dirname(path), `.${basename(path)}.orrery-${process.pid}`);
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0o600;
  try {
    writeFileSync(temporary, text, { mode: 0o600 });
    chmodSync(temporary, mode & 0o7777);
    renameSync(temporary, path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw new OrreryError("SETTINGS_UNREADABLE", { path, reason: (cause as Error).message }, { cause });
  }
}

function readText(path: string): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(path));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new OrreryError("SETTINGS_UNREADABLE", { path, reason: (cause as Error).message }, { cause });
  }
}

function readSaved(home: string, path: string): Saved | undefined {
  try {
    return JSON.parse(readFileSync(savedPath(home, path), "utf8")) as Saved;
  } catch {
    return undefined; // Nothing was kept for this file, or not wholly: our entries are taken out one by one then.
  }
}

function savedPath(home: string, path: string): string {
  return join(home, "connect", `${basename(path)}.${sha256(path).slice(0, 16)}.json`);
}

/** The file that a link leads to, even if that is not there yet. */
function followed(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    try {
      return resolve(dirname(path), readlinkSync(path));
    } catch {
      return resolve(path);
    }
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
