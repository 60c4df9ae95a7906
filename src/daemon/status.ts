import { configTable, type Config, type ConfigName, type ConfigOrigins } from "../contract/config.ts";
import type { OutputFor } from "../contract/operations/index.ts";
import { measureStorage } from "../log/index.ts";
import type { SessionView } from "../projections/views.ts";
import { shownAddress } from "../lib/shown-address.ts";

type Status = OutputFor<"status.get">;

/** The agent programs that were seen, the latest first, each with the version that its latest session told. */
export function programsOf(sessions: readonly SessionView[]): Status["programs"] {
  const latestFirst = sessions.toSorted((a, b) => ((a.facts.last_at ?? "") < (b.facts.last_at ?? "") ? 1 : -1));
  return [...Map.groupBy(latestFirst, ({ facts }) => facts.app ?? "unknown")].map(([app, own]) => {
    const version = own.find(({ facts }) => facts.app_version !== undefined)?.facts.app_version;
    const last_at = own[0]?.facts.last_at;
    return {
      app,
      ...(version === undefined ? {} : { version }),
      sessions: own.length,
      ...(last_at === undefined ? {} : { last_at }),
    };
  });
}

/** Every setting as it is in force. */
export function settingsOf(config: Config, origins: ConfigOrigins): Status["settings"] {
  return Object.entries(configTable).map(([name, { env, flag, help }]) => ({
    name,
    value: shown(name, config[name as ConfigName]),
    from: origins[name as ConfigName],
    env,
    flag: flag.split(" ")[0]!,
    help,
  }));
}

function shown(name: string, value: Config[ConfigName]): string | number | boolean {
  if (typeof value !== "string" || value === "") return value ?? "forever";
  if (/_(token|secret)$/.test(name)) return "(set)";
  return name === "ask_webhook" ? shownAddress(value) : value;
}

/** Measures the home for whoever asks; who asks meanwhile shares the answer. */
export function createStorageReader(home: string): () => Promise<OutputFor<"storage.get">> {
  let running: Promise<OutputFor<"storage.get">> | undefined;
  const read = async (): Promise<OutputFor<"storage.get">> => {
    const items = [...(await measureStorage(home))];
    return { total_bytes: items.reduce((sum, { bytes }) => sum + bytes, 0), items };
  };
  return () =>
    (running ??= read().finally(() => {
      running = undefined;
    }));
}
