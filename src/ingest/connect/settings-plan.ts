import type { HookTargets } from "./claude-settings.ts";

/** How one settings file of an agent program is changed. Each gives the whole text of the file; the same text when nothing is to do. */
export interface SettingsPlan {
  /** `text` is undefined when there is no file. @throws OrreryError SETTINGS_UNREADABLE */
  connect(path: string, text: string | undefined, targets: HookTargets): string;
  /** The text without what is ours; undefined: the file is ours as a whole. @throws OrreryError SETTINGS_UNREADABLE */
  disconnect(path: string, text: string): string | undefined;
}

/** One plan after the other, undone the other way round. */
export function both(first: SettingsPlan, second: SettingsPlan): SettingsPlan {
  return {
    connect: (path, text, targets) => second.connect(path, first.connect(path, text, targets), targets),
    disconnect(path, text) {
      const left = second.disconnect(path, text);
      return left === undefined ? undefined : first.disconnect(path, left);
    },
  };
}
