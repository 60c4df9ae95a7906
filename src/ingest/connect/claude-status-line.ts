import { isObject, readSettings, SENDER_NAME, STATUS_PATH, writeSettings } from "./claude-settings.ts";
import type { SettingsPlan } from "./settings-plan.ts";
import { quoted, unquoted } from "./shell-words.ts";

/**
 * The status line: the sender takes its place and runs the one that was there, which goes on printing what it printed. Where there was none,
 * nothing is printed. A status line that is no command is left alone.
 */
export const claudeStatusLine: SettingsPlan = {
  connect(path, text, { statusCommand }) {
    const { settings, style } = readSettings(path, text);
    const present = settings["statusLine"] ?? { type: "command", command: "" };
    if (!isObject(present) || present["type"] !== "command" || typeof present["command"] !== "string") return text ?? "";
    const theirs = wrapped(present["command"]) ?? present["command"];
    const statusLine = { ...present, command: `${statusCommand} ${quoted(theirs)}` };
    return writeSettings({ ...settings, statusLine }, { text, style, before: settings });
  },
  disconnect(path, text) {
    const { settings, style } = readSettings(path, text);
    const present = settings["statusLine"];
    const theirs = isObject(present) && typeof present["command"] === "string" ? wrapped(present["command"]) : undefined;
    if (theirs === undefined) return text;
    const { statusLine: _, ...rest } = settings;
    const kept = theirs === "" ? rest : { ...settings, statusLine: { ...(present as object), command: theirs } };
    return writeSettings(kept, { text, style, before: settings });
  },
};

/** Whether the status line of the settings comes through us. */
export function hasStatusLine(path: string, text: string): boolean {
  const present = readSettings(path, text).settings["statusLine"];
  return isObject(present) && typeof present["command"] === "string" && wrapped(present["command"]) !== undefined;
}

/** The command inside ours; undefined when it is not ours. By the sender's name, so that it is found after the port or the folder changed. */
function wrapped(command: string): string | undefined {
  const words = unquoted(command);
  const [sender, url, , theirs] = words ?? [];
  const isOurs = words?.length === 4 && sender!.endsWith(`/${SENDER_NAME}`) && URL.parse(url!)?.pathname === STATUS_PATH;
  return isOurs ? theirs : undefined;
}
