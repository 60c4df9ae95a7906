import { handlersOf, isObject, isOurs, readSettings, unreadable, writeSettings, type HookTargets, type Json } from "./claude-settings.ts";
import type { SettingsPlan } from "./settings-plan.ts";

interface Options {
  readonly events: readonly string[];
  /** What stands beside `type` and `command` in each of our hooks. */
  readonly more: (event: string) => Json;
  /** A hook of ours that waits for a decision, besides. `present` is what stands in the settings of ours. */
  readonly waits?: (event: string, targets: HookTargets, present: readonly Json[]) => Json | undefined;
}

/** Settings whose hooks have Claude Code's shape and are commands only: ours is the sender, once per event. What is not of that shape stays. */
export function commandHooks({ events, more, waits }: Options): SettingsPlan {
  return {
    connect(path, text, targets) {
      const { command } = targets;
      const { settings, style } = readSettings(path, text);
      const theirs = withoutOurs(path, settings);
      const present = Object.keys(hooksOf(path, settings));
      const ours = Object.values(hooksOf(path, settings))
        .flatMap((groups) => (Array.isArray(groups) ? groups.flatMap(handlersOf) : []))
        .filter(isOurs);
      // Events keep their place, so that connecting again changes nothing.
      const names = new Set([...present.filter((name) => theirs[name] !== undefined || events.includes(name)), ...events]);
      const hooks = Object.fromEntries(
        [...names].map((name) => {
          if (!events.includes(name)) return [name, theirs[name]];
          const groups = theirs[name] ?? [];
          if (!Array.isArray(groups)) throw unreadable(path, `hooks.${name} is not an array`);
          const waiting = waits?.(name, targets, ours);
          const added = [{ ...more(name), type: "command", command }, ...(waiting === undefined ? [] : [{ ...waiting, type: "command" }])];
          return [name, [...(groups as unknown[]), ...added.map((hook) => ({ hooks: [hook] }))]];
        }),
      );
      return writeSettings({ ...settings, hooks }, { text, style, before: settings });
    },
    disconnect(path, text) {
      const { settings, style } = readSettings(path, text);
      const hooks = withoutOurs(path, settings);
      const hadOurs = JSON.stringify(hooks) !== JSON.stringify(settings["hooks"] ?? {});
      const { hooks: _, ...rest } = settings;
      const kept = settings["hooks"] === undefined || (hadOurs && Object.keys(hooks).length === 0) ? rest : { ...settings, hooks };
      return writeSettings(kept, { text, style, before: settings });
    },
  };
}

/** Whether one of our hooks stands in the settings. */
export function hasCommandHooks(path: string, text: string): boolean {
  const groups = Object.values(hooksOf(path, readSettings(path, text).settings)).filter(Array.isArray);
  return groups.some((each) => (each as unknown[]).some((group) => handlersOf(group).some(isOurs)));
}

function hooksOf(path: string, settings: Json): Json {
  const hooks = settings["hooks"] ?? {};
  if (!isObject(hooks)) throw unreadable(path, "hooks is not an object");
  return hooks;
}

function withoutOurs(path: string, settings: Json): Json {
  return Object.fromEntries(
    Object.entries(hooksOf(path, settings)).flatMap(([name, groups]) => {
      if (!Array.isArray(groups)) return [[name, groups] as const];
      const left = (groups as unknown[]).flatMap((group) => {
        const handlers = handlersOf(group);
        if (!handlers.some(isOurs)) return [group];
        const theirs = handlers.filter((handler) => !isOurs(handler));
        return theirs.length === 0 ? [] : [{ ...(group as Json), hooks: theirs }];
      });
      return left.length === 0 && groups.length > 0 ? [] : [[name, left] as const];
    }),
  );
}
