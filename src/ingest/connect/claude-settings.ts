import { OrreryError } from "../../contract/errors.ts";
import { quoted, unquoted } from "./shell-words.ts";

/** Where Claude Code is to send its hooks. */
export interface HookTargets {
  /** Address of `POST /api/ingest/claude-code`. */
  readonly url: string;
  /** Shell command for the events that take no HTTP hook. */
  readonly command: string;
  /** Whether all events are to go by that command: it finds the token that the daemon needs, and no settings file has to hold one. */
  readonly byCommand?: boolean;
  /** Shell command that stands in for a status line; the command that it runs is to follow as one more word. */
  readonly statusCommand: string;
  /** Address of the daemon. */
  readonly base: string;
  /** The program that asks about a call, for agents whose hooks are commands. */
  readonly asker: string;
  /** Hooks that wait for a decision; undefined leaves them as they are, `off` takes them out. */
  readonly answer?: AnswerHook | "off";
}

/** A hook that waits: for how long at most, and what happens when nobody decides in that time, or no daemon is there. */
export interface AnswerHook {
  readonly deadline_s: number;
  readonly otherwise: "ask" | "deny";
}

export const INGEST_PATH = "/api/ingest/claude-code";
export const ANSWER_PATH = `${INGEST_PATH}/answer`;
/** Events whose hook may decide about a call. */
const answerEvents = ["PreToolUse", "PermissionRequest"] as const;
/** The daemon answers by the deadline; Claude Code gives up only after it. */
const ANSWER_SLACK_S = 2;
/** The script gives up a little after the deadline, and has to say so before Claude Code lets the call pass: also on a machine that is busy. */
const SCRIPT_SLACK_S = 2;
const SCRIPT_TIMEOUT_S = 15;
export const STATUS_PATH = "/api/ingest/claude-code/status-line";
export const SENDER_NAME = "orrery-hook.sh";
export const ASKER_NAME = "orrery-answer.sh";
/** Claude Code goes on by itself after this. Orrery answers in milliseconds, and takes a body that it has got also when nobody waits any more. */
const TIMEOUT_S = 2;
/** A command hook delivers in the background; a machine that is busy may take its time to start it. */
const COMMAND_TIMEOUT_S = 5;

/** Events that Claude Code delivers to a command only. */
const commandEvents = ["SessionStart", "Setup"] as const;
/** All others that take an HTTP hook. WorktreeCreate and WorktreeRemove are left out: a hook there replaces what the client does itself. */
const httpEvents = [
  "UserPromptSubmit",
  "UserPromptExpansion",
  "PreToolUse",
  "PostToolUse",
  "PostToolUseFailure",
  "PostToolBatch",
  "PermissionRequest",
  "PermissionDenied",
  "Notification",
  "MessageDisplay",
  "SubagentStart",
  "SubagentStop",
  "TaskCreated",
  "TaskCompleted",
  "TeammateIdle",
  "Stop",
  "StopFailure",
  "PreCompact",
  "PostCompact",
  "PreModelSwitch",
  "PostModelSwitch",
  "Elicitation",
  "ElicitationResult",
  "InstructionsLoaded",
  "ConfigChange",
  "CwdChanged",
  "DirectoryAdded",
  "FileChanged",
  "SessionEnd",
] as const;

export type Json = { readonly [key: string]: unknown };

/** The settings with our hooks, those of the user first; the same text when they are there already. `text` is undefined when there is no file. */
export function planConnect(
  path: string,
  text: string | undefined,
  targets: Pick<HookTargets, "url" | "command" | "base" | "asker" | "answer" | "byCommand">,
): string {
  const { url, command } = targets;
  const { settings, style } = readSettings(path, text);
  const present = hooksOf(path, settings);
  const wanted = targets.answer ?? answerHookIn(present);
  const answer = wanted === undefined || wanted === "off" ? undefined : wanted;
  const answerUrl = answer === undefined ? [] : [answerAddress(targets.base, answer)];
  const theirs = withoutOurs(present);
  const ours = new Map<string, Json>([
    ...commandEvents.map((event) => [event, { type: "command", command, timeout: COMMAND_TIMEOUT_S }] as const),
    ...httpEvents.map(
      (event) =>
        [
          event,
          targets.byCommand === true ? { type: "command", command, timeout: COMMAND_TIMEOUT_S } : { type: "http", url, timeout: TIMEOUT_S },
        ] as const,
    ),
  ]);
  // Events keep their place, so that connecting again changes nothing.
  const events = new Set([...Object.keys(present).filter((event) => theirs[event] !== undefined || ours.has(event)), ...ours.keys()]);
  const hooks = Object.fromEntries(
    [...events].map((event) => {
      const handler = ours.get(event);
      const answered = answerEvents.find((each) => each === event);
      const waits = answer === undefined || answered === undefined ? [] : [{ hooks: [answerHandler(targets, answer, answered)] }];
      return [event, [...(theirs[event] ?? []), ...(handler === undefined ? [] : [{ hooks: [handler] }]), ...waits]];
    }),
  );
  const allowed = [url, ...answerUrl].reduce(allowUrl, withoutUrl(settings));
  return writeSettings({ ...allowed, hooks }, { text, style, before: settings });
}

function answerAddress(base: string, { deadline_s, otherwise }: AnswerHook): string {
  return `${base}${ANSWER_PATH}/${deadline_s}/${otherwise}`;
}

/**
 * By itself a hook that fails lets the call pass to the client's own rules. Where every failure is to block, the client is told. Where only the
 * rules and budgets of that moment are to hold, a script asks before the call is made, and looks at their files when nobody answers it. The same
 * script asks everything where the daemon needs a token.
 */
function answerHandler(
  { base, asker, byCommand }: Pick<HookTargets, "base" | "asker" | "byCommand">,
  answer: AnswerHook,
  event: (typeof answerEvents)[number],
): Json {
  const url = answerAddress(base, answer);
  const { deadline_s, otherwise } = answer;
  const onFailure = otherwise === "deny" ? { onFailure: "block" } : {};
  if (byCommand !== true && (otherwise === "deny" || event === "PermissionRequest"))
    return { type: "http", url, timeout: deadline_s + ANSWER_SLACK_S, ...onFailure };
  const unreached = otherwise === "deny" ? "deny" : event === "PreToolUse" ? "look" : "pass";
  const words = [asker, event, url, String(deadline_s + SCRIPT_SLACK_S), unreached];
  return { type: "command", command: words.map(quoted).join(" "), timeout: deadline_s + SCRIPT_TIMEOUT_S, ...onFailure };
}

/** The waiting hook that stands in the settings. */
function answerHookIn(hooks: { readonly [event: string]: Groups }): AnswerHook | undefined {
  for (const handler of Object.values(hooks).flatMap((groups) => groups.flatMap(handlersOf))) {
    const path = URL.parse(addressOf(handler) ?? "")?.pathname;
    const [seconds, otherwise] = path?.startsWith(`${ANSWER_PATH}/`) === true ? path.slice(ANSWER_PATH.length + 1).split("/") : [];
    if (!(Number(seconds) > 0) || (otherwise !== "ask" && otherwise !== "deny")) continue;
    return { deadline_s: Number(seconds), otherwise };
  }
  return undefined;
}

/** Where a hook sends to: itself, or by one of our programs, whose words name it. */
function addressOf({ url, command }: Json): string | undefined {
  if (typeof url === "string") return url;
  const words = typeof command === "string" ? unquoted(command) : undefined;
  return words?.[0]?.endsWith(`/${ASKER_NAME}`) === true ? words[2] : undefined;
}

/** The settings without our hooks; the same text when there are none. */
export function planDisconnect(path: string, text: string): string {
  const { settings, style } = readSettings(path, text);
  const hooks = withoutOurs(hooksOf(path, settings));
  const { hooks: _, ...rest } = withoutUrl(settings);
  const hadOurs = JSON.stringify(hooks) !== JSON.stringify(settings["hooks"] ?? {});
  const isEmptied = hadOurs && Object.keys(hooks).length === 0;
  const kept = settings["hooks"] === undefined || isEmptied ? rest : { ...withoutUrl(settings), hooks };
  return writeSettings(kept, { text, style, before: settings });
}

interface Connection {
  readonly isConnected: boolean;
  readonly urls: readonly string[];
  readonly isDisabled: boolean;
  readonly answer?: AnswerHook;
  /** The script that asks before a call, where one does. */
  readonly asker?: string;
}

/** Whether the settings send hooks to us, and what may keep them from arriving. */
export function readConnection(path: string, text: string): Connection {
  const { settings } = readSettings(path, text);
  const handlers = Object.values(hooksOf(path, settings))
    .flatMap((groups) => groups.flatMap(handlersOf))
    .filter(isOurs);
  const urls = handlers.flatMap(({ url }) => (typeof url === "string" ? [url] : []));
  const answer = answerHookIn(hooksOf(path, settings));
  const asker = handlers
    .flatMap(({ command }) => (typeof command === "string" ? [unquoted(command)?.[0] ?? ""] : []))
    .find((program) => program.endsWith(`/${ASKER_NAME}`));
  return {
    isConnected: handlers.length > 0,
    urls: [...new Set(urls)],
    isDisabled: settings["disableAllHooks"] === true,
    ...(answer === undefined ? {} : { answer }),
    ...(asker === undefined ? {} : { asker }),
  };
}

interface Style {
  readonly indent: string | number;
  readonly newline: string;
  readonly mark: string;
  readonly end: string;
}

export function readSettings(path: string, text: string | undefined): { readonly settings: Json; readonly style: Style } {
  const whole = text ?? "";
  const mark = whole.startsWith("\uFEFF") ? "\uFEFF" : "";
  const body = whole.slice(mark.length);
  const indent = /^\s*\{\r?\n([ \t]+)/.exec(body)?.[1] ?? (body.trim() === "" || /^\s*\{\s*\}/.test(body) ? 2 : 0);
  const newline = body.includes("\r\n") ? "\r\n" : "\n";
  const style = { indent, newline, mark, end: text === undefined || body === "" ? "\n" : /\s*$/.exec(body)![0] };
  let settings: unknown = {};
  try {
    if (body.trim() !== "") settings = JSON.parse(body);
  } catch (cause) {
    throw new OrreryError("SETTINGS_UNREADABLE", { path, reason: (cause as Error).message }, { cause });
  }
  if (!isObject(settings)) throw unreadable(path, "it is not an object");
  return { settings, style };
}

export function writeSettings(
  settings: Json,
  { text, style, before }: { readonly text: string | undefined; readonly style: Style; readonly before: Json },
): string {
  if (text !== undefined && JSON.stringify(settings) === JSON.stringify(before)) return text;
  return `${style.mark}${JSON.stringify(settings, undefined, style.indent).replaceAll("\n", style.newline)}${style.end}`;
}

type Groups = readonly unknown[];

function hooksOf(path: string, settings: Json): { readonly [event: string]: Groups } {
  const hooks = settings["hooks"] ?? {};
  if (!isObject(hooks)) throw unreadable(path, "hooks is not an object");
  for (const [event, groups] of Object.entries(hooks)) if (!Array.isArray(groups)) throw unreadable(path, `hooks.${event} is not an array`);
  return hooks as { readonly [event: string]: Groups };
}

function withoutOurs(hooks: { readonly [event: string]: Groups }): { readonly [event: string]: Groups } {
  const kept = Object.entries(hooks).flatMap(([event, groups]) => {
    const left = groups.flatMap((group) => {
      const handlers = handlersOf(group);
      if (!handlers.some(isOurs)) return [group];
      const theirs = handlers.filter((handler) => !isOurs(handler));
      return theirs.length === 0 ? [] : [{ ...(group as Json), hooks: theirs }];
    });
    return left.length === 0 && groups.length > 0 ? [] : [[event, left] as const];
  });
  return Object.fromEntries(kept);
}

export function handlersOf(group: unknown): readonly Json[] {
  const handlers = isObject(group) ? group["hooks"] : undefined;
  return Array.isArray(handlers) ? handlers.filter(isObject) : [];
}

/** By the address's path or by the sender's name, so that they are found again after the port or the folder changed. */
export function isOurs({ url, command }: Json): boolean {
  if (typeof url === "string") return isOurUrl(url);
  return typeof command === "string" && [SENDER_NAME, ASKER_NAME].some((name) => command.includes(`/${name}`));
}

/** Where the user lists the addresses that hooks may call, ours must be among them. */
function allowUrl(settings: Json, url: string): Json {
  const allowed = settings["allowedHttpHookUrls"];
  return Array.isArray(allowed) ? { ...settings, allowedHttpHookUrls: [...allowed, url] } : settings;
}

function withoutUrl(settings: Json): Json {
  const allowed: unknown = settings["allowedHttpHookUrls"];
  if (!Array.isArray(allowed)) return settings;
  return { ...settings, allowedHttpHookUrls: allowed.filter((url) => typeof url !== "string" || !isOurUrl(url)) };
}

function isOurUrl(url: string): boolean {
  const path = URL.parse(url)?.pathname;
  return path === INGEST_PATH || path?.startsWith(`${ANSWER_PATH}/`) === true;
}

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function unreadable(path: string, reason: string): OrreryError {
  return new OrreryError("SETTINGS_UNREADABLE", { path, reason });
}
